import type { Payloads } from '../plan.js';
import type { Processor } from '../queue/index.js';
import { REPORT_GENERATED } from '../signals.js';
import type { Box } from '../telemetry.js';
import type { Work } from '../work.js';

/** Generates reports. */
export function reportProcessor(box: Box, work: Work): Processor {
  return {
    type: 'report',
    async process(job) {
      const { report_type, user_id } = job.payload as Payloads['report'];
      await work(job, { message: 'database connection timeout', code: 'db_timeout' });
      const report_id = job.id.replace('job', 'report');
      box.emit(REPORT_GENERATED, { job_id: job.id, report_id, report_type, user_id });
    },
  };
}
