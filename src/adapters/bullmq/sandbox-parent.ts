import type { Job } from 'bullmq';
import { writeMetadata } from './job-carrier.js';
import { endsWithoutRun } from './outcome.js';
import { numberOf } from './start-attempt.js';
import type { LateStart, WatchedWorker } from './worker-events.js';

/**
 * Observes a worker whose processor is a file. This process does not see what runs in the child. So an attempt begins when its job becomes active,
 * and the child gets the attempt's context with the job, where `sandboxed` finds it. A child puts its job back by the methods of this process's Job,
 * and BullMQ emits no event then.
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
    // The Job belongs to this start alone: the one in Redis stays as it is.
    job.opts.telemetry = { ...job.opts.telemetry, metadata };
    running.leavesNote();
  });
}

/** If BullMQ makes the spans, the span of an attempt is active only when BullMQ settles it. */
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
