import { createSignalbox } from 'signalbox';
import { createJobs } from 'signalbox/jobs';
import { appMeters, startAppSdk } from '../cases/app-sdk.js';
import { handWritten } from '../cases/hand-written.js';
import type { Case } from '../harness.js';
import { ratioRow } from './ratio-row.js';
import type { Row } from './row.js';

export const row: Row = ratioRow({
  id: 'jobs-layer',
  what: 'a job through signalbox/jobs, with no engine (two spans, three records, five measurements), against one full fan-out by hand',
  prepare: () => {
    const [meters, byHand] = [appMeters(), appMeters()];
    const sdk = startAppSdk({ meters, exportSpans: true });
    const queue = createJobs(createSignalbox()).queue('mail', { types: ['welcome'] });
    let jobs = 0;
    const own: Case = {
      name: 'a job: enqueued, begun, completed',
      block: 64,
      run: (times) => {
        for (let i = 0; i < times; i++) {
          const job = { id: `j-${++jobs}`, type: 'welcome', maxAttempts: 3 };
          const enqueue = queue.enqueue(job);
          const { carrier } = enqueue;
          const runnableAt = queue.now();
          enqueue.accepted();
          queue.attempt({ job, carrier, number: 1, worker: 'w-1', runnableAt }).completed();
        }
      },
      settle: () => sdk.flush(),
      rest: () => meters.collect(),
    };
    return { against: handWritten(sdk, byHand), own };
  },
});
