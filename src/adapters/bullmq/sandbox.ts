import type { Job } from 'bullmq';
import { writeMetadata } from './metadata.js';
import { endsWithoutRun } from './outcome.js';
import type { RunningJob } from './running-job.js';
import { numberOf } from './start.js';
import type { LateStart, WorkerWatch } from './worker-watch.js';

type Method = (...args: unknown[]) => Promise<unknown>;

/**
 * Observes a worker whose processor is a file. What runs in the child is not seen from here: an attempt begins when its job becomes
 * active, and the child is given its context with the job, where `sandboxed` finds it.
 */
export function observeSandbox(watch: WorkerWatch): void {
  if (watch.engineSpans) observeLate(watch);
  else observeChildren(watch);
}

function observeChildren(watch: WorkerWatch): void {
  watch.worker.prependListener('active', (job: Job) => {
    if (endsWithoutRun(job, watch.maxStarts)) return;
    watch.taken(job);
    const running = watch.begin(job, undefined);
    if (!running) return;
    watch.quietly('what a child is given', () => {
      const metadata = writeMetadata(running.carrier, { waitsForChildren: false });
      // The Job is this start's own: the one in Redis stays as it is.
      job.opts.telemetry = { ...job.opts.telemetry, metadata };
      running.leavesNote();
      hearDeferrals(watch, job, running);
    });
  });
}

/** Where BullMQ makes the spans, the one of an attempt is active when it is settled, and not before. */
function observeLate(watch: WorkerWatch): void {
  const starts = new WeakMap<Job, LateStart>();
  const begin = (job: Job | undefined): void => {
    const late = job && starts.get(job);
    if (job && late) watch.begin(job, undefined, late);
  };
  const { worker } = watch;
  worker.prependListener('active', (job: Job) => {
    if (endsWithoutRun(job, watch.maxStarts)) return;
    watch.taken(job);
    starts.set(job, { startedAt: watch.now(), number: numberOf(job) });
  });
  worker.prependListener('completed', (job: Job) => begin(job));
  worker.prependListener('failed', (job: Job | undefined) => begin(job));
}

/**
 * A child that puts its job back asks for it here, by the methods of this Job, and BullMQ then says nothing more of it. So these three are
 * wrapped on this one object.
 */
function hearDeferrals(watch: WorkerWatch, job: Job, running: RunningJob): void {
  const hear = (name: 'moveToDelayed' | 'moveToWait' | 'moveToWaitingChildren', reason: string): void => {
    const method = job[name] as Method;
    const value: Method = async (...args) => {
      const result = await Reflect.apply(method, job, args);
      // Its children may have ended already: then it goes on.
      if (result !== false) watch.quietly('a job that was put back', () => running.deferred(reason));
      return result;
    };
    Object.defineProperty(job, name, { value, configurable: true, writable: true });
  };
  hear('moveToDelayed', 'delayed');
  hear('moveToWait', 'waiting');
  hear('moveToWaitingChildren', 'waiting_children');
}
