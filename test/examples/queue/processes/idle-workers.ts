import { createSignalbox } from 'signalbox';
import { createJobs } from 'signalbox/jobs';
import { JobQueue } from '../../../../examples/job-queue/queue/index.js';

// Run by idle.test.ts. It ends by itself when nothing keeps the process alive.
const telemetry = createJobs(createSignalbox()).queue('jobs', { capacity: 10 });
const queue = new JobQueue({
  telemetry,
  capacity: 10,
  workers: 3,
  timeoutMillis: 3_600_000,
  backoffMillis: () => 10,
});
queue.register({
  type: 'work',
  process: (job) => {
    if (job.attempt === 1) throw new Error('once');
    console.log(`${job.id} ran`);
  },
});
queue.start();
queue.enqueue({ id: 'job', type: 'work', payload: null, delayMillis: 10 });
if (process.argv.includes('--shutdown')) {
  void queue.idle().then(() => queue.shutdown({ timeoutMillis: 3_600_000 }));
}
