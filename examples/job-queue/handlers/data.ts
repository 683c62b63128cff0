import type { Payloads } from '../plan.js';
import type { Processor } from '../queue/index.js';
import { DATA_PROCESSED } from '../signals.js';
import type { Box } from '../telemetry.js';
import type { Work } from '../work.js';

/** Processes batches of data. */
export function dataProcessor(box: Box, work: Work): Processor {
  return {
    type: 'data_processing',
    async process(job) {
      const { data_source, operation } = job.payload as Payloads['data_processing'];
      await work(job, { message: 'data validation error', code: 'invalid_data' });
      box.emit(DATA_PROCESSED, { job_id: job.id, data_source, operation });
    },
  };
}
