import type { Job } from 'bullmq';
import { writeMetadata } from './job-carrier.js';
import { endsWithoutRun } from './outcome.js';
import { numberOf } from './start-attempt.js';
import type { LateStart, WatchedWorker } from './worker-events.js';

/**
 * Observes a worker whose processor is a file. What runs in the child is not seen from here: an attempt begins when its job becomes
 * active, and the child is given its context with the job, where `sandboxed` finds it. A child that puts its job back asks for it by the
 * methods of this process's Job: BullMQ then says nothing more of it.
 */
export function observeSandbox(watch: WatchedWorker): void {
  if (watch.engineSpans) observeLate(watch);
  else observeChildren(watch);
}

function observeChildren(watch: WatchedWorker): void {
  watch.events.on('active', (job) => {
    if (endsWithoutRun(job, watch.maxStarts)) return;
    const running = watch.begin(job, 'child');
    if (!running) return;
    const metadata = writeMetadata(running.carrier, { waitsForChildren: false });
    // The Job is this start's own: the one in Redis stays as it is.
    job.opts.telemetry = { ...job.opts.telemetry, metadata };
    running.leavesNote();
  });
}

/** Where BullMQ makes the spans, the one of an attempt is active when it is settled, and not before. */
function observeLate(watch: WatchedWorker): void {
  const starts = new WeakMap<Job, LateStart>();
  const begin = (job: Job | undefined): void => {
    const late = job && starts.get(job);
    if (job && late) watch.begin(job, 'child', undefined, late);
  };
  watch.events.on('active', (job) => {
    if (endsWithoutRun(job, watch.maxStarts)) return;
    watch.taken(job);
    starts.set(job, { startedAt: watch.now(), number: numberOf(job) });
  });
  watch.events.before('completed', begin);
  watch.events.before('failed', begin);
}
