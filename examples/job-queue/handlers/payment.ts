import type { Payloads } from '../plan.js';
import type { Processor } from '../queue/index.js';
import { PAYMENT_PROCESSED } from '../signals.js';
import type { Box } from '../telemetry.js';
import type { Work } from '../work.js';

/** Takes payments. */
export function paymentProcessor(box: Box, work: Work): Processor {
  return {
    type: 'payment',
    async process(job) {
      const { user, card_holder, currency, amount } = job.payload as Payloads['payment'];
      await work(job, { message: 'payment gateway unavailable', code: 'gateway_unavailable' });
      box.emit(PAYMENT_PROCESSED, { job_id: job.id, user, card_holder, currency, amount });
    },
  };
}
