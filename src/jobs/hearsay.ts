import { reportAbandoned } from './abandoned.js';
import { JOB_QUEUED } from './enqueue-signals.js';
import { jobOf, numberOf, plain } from './given.js';
import type { AbandonReason, JobInfo } from './job.js';
import type { Living } from './lives.js';
import { originOf } from './origin.js';
import type { QueueState } from './queue-state.js';
import { jobValues, since } from './queue-state.js';
import type { QueueTelemetry } from './queue-telemetry.js';
import { JOB_COMPLETED, JOB_REVIVED, JOB_STALLED } from './signals.js';

type Hearsay = Pick<QueueTelemetry, 'queued' | 'completed' | 'abandoned' | 'stalled' | 'revived' | 'alive'>;

/** What is heard of jobs by commands, events and looks at the store, beside enqueues and attempts that are seen here. */
export function hearsay(state: QueueState): Hearsay {
  const { core } = state;
  return {
    queued: (job, given) => {
      state.lives.again(jobOf(job).id);
      const info = plain(given);
      state.tally.accepted++;
      const delay = since(core.now(), info.runnableAt ?? 0);
      core.emit(
        JOB_QUEUED,
        { ...jobValues(state, jobOf(job)), priority: jobOf(job).priority, ...(delay ? { delay } : {}) },
        { context: originOf(state, info.carrier, undefined) },
      );
    },
    completed: (given, givenEnd) => {
      const job = jobOf(given);
      const end = plain(givenEnd);
      state.lives.again(job.id, end.runnableAt ?? 0);
      if (state.lives.endOf(job.id)) return;
      const attempt = state.lives.running(job.id);
      // One of another number was not the one that completed it.
      if (attempt && (end.attempts ?? attempt.known.number) === attempt.known.number)
        return attempt.completed();
      const now = end.endedAt ?? core.now();
      const values = {
        ...jobValues(state, describedBy(attempt, job)),
        attempts: end.attempts,
        turnaround: since(end.runnableAt, now) ?? attempt?.turnaround(now),
      };
      core.emit(JOB_COMPLETED, values, {
        context: attempt?.known.told ?? originOf(state, end.carrier, job.id),
        timestamp: now,
      });
      state.lives.end(job.id, { at: now, runnableAt: end.runnableAt });
      state.memory.forget(job.id);
      state.tally.ended(true, false);
    },
    abandoned: (given, givenEnd) => {
      const job = jobOf(given);
      const end = plain(givenEnd);
      state.lives.again(job.id, end.runnableAt ?? 0);
      const attempt = state.lives.running(job.id);
      const now = end.endedAt ?? core.now();
      reportAbandoned(state, describedBy(attempt, job), {
        reason: end.reason as AbandonReason,
        attempts: end.attempts ?? attempt?.known.number,
        worker: end.worker ?? attempt?.known.worker,
        error: end.error === undefined ? undefined : core.describeError(end.error),
        turnaround: since(end.runnableAt, now) ?? attempt?.turnaround(now),
        runnableAt: end.runnableAt,
        context: attempt?.known.told ?? originOf(state, end.carrier, job.id),
        timestamp: now,
      });
    },
    stalled: (job, given) => {
      const info = plain(given);
      core.emit(
        JOB_STALLED,
        { ...jobValues(state, jobOf(job)), worker_id: info.worker, attempt: info.attempt },
        {
          context: originOf(state, info.carrier, jobOf(job).id),
          timestamp: info.at ?? core.now(),
        },
      );
    },
    alive: (job, at) => state.lives.seen(jobOf(job).id, numberOf(at)),
    revived: (job, given) => {
      state.lives.again(jobOf(job).id);
      const info = plain(given);
      core.emit(
        JOB_REVIVED,
        { ...jobValues(state, jobOf(job)), attempts: info.attempts },
        { context: originOf(state, info.carrier, undefined) },
      );
    },
  };
}

// Who tells an end by an id alone may not know the type; the attempt does.
function describedBy(attempt: Living | undefined, job: JobInfo): JobInfo {
  return job.type === undefined ? { ...job, type: attempt?.known.job.type } : job;
}
