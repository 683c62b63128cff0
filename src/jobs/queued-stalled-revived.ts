import { since } from './elapsed.js';
import { JOB_QUEUED } from './enqueue-signals.js';
import { jobOf, numberOf, plain } from './given.js';
import { JOB_REVIVED, JOB_STALLED } from './job-signals.js';
import { originOf } from './origin.js';
import type { QueueState } from './queue-state.js';
import { emitOfJob, jobValues } from './queue-state.js';
import type { QueueTelemetry } from './queue-telemetry.js';

type Hearsay = Pick<QueueTelemetry, 'queued' | 'stalled' | 'revived' | 'alive'>;

/** What is heard of jobs that live by commands, events and looks at the store, beside enqueues and attempts that are seen here. */
export function hearsay(state: QueueState): Hearsay {
  const { core } = state;

  return {
    queued: (job, given) => {
      state.lives.again(jobOf(job).id);
      const info = plain(given);
      state.tally.accepted++;
      const now = core.now();
      const delay = since(now, info.runnableAt ?? 0);
      if (!delay) state.schedules.queued(state, jobOf(job), now);
      emitOfJob(
        state,
        JOB_QUEUED,
        { ...jobValues(state, jobOf(job)), priority: jobOf(job).priority, ...(delay ? { delay } : {}) },
        { context: originOf(state, info.carrier, undefined) },
      );
    },
    stalled: (job, given) => {
      const info = plain(given);
      emitOfJob(
        state,
        JOB_STALLED,
        { ...jobValues(state, jobOf(job)), worker_id: info.worker, attempt: info.attempt },
        {
          context: originOf(state, info.carrier, jobOf(job).id),
          timestamp: info.stalledAt ?? core.now(),
        },
      );
    },
    alive: (job, at) => state.lives.seen(jobOf(job).id, numberOf(at)),
    revived: (job, given) => {
      state.lives.again(jobOf(job).id);
      const info = plain(given);
      emitOfJob(
        state,
        JOB_REVIVED,
        { ...jobValues(state, jobOf(job)), attempts: info.attempts },
        { context: originOf(state, info.carrier, undefined) },
      );
    },
  };
}
