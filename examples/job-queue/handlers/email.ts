import type { Payloads } from '../plan.js';
import type { Processor } from '../queue/index.js';
import { EMAIL_SENT } from '../signals.js';
import type { Box } from '../telemetry.js';
import type { Work } from '../work.js';

/** Sends emails. */
export function emailProcessor(box: Box, work: Work): Processor {
  return {
    type: 'email',
    async process(job) {
      const { to, subject, template } = job.payload as Payloads['email'];
      await work(job, { message: 'SMTP server error', code: 'smtp_error' });
      box.emit(EMAIL_SENT, { job_id: job.id, to, subject, template });
    },
  };
}
