import type { Context } from '@opentelemetry/api';
import type { Core } from '../box/core.js';
import { isWanted, reportAbandoned } from './abandoned.js';
import { heardSays, settleSays } from './attributes-on-span.js';
import type { Carried } from './baggage.js';
import { since } from './elapsed.js';
import { endAttributes } from './end-attributes.js';
import { jobOf, plain, textOf } from './given.js';
import type { HandleOptions } from './handle-options.js';
import type { AbandonReason, JobInfo } from './job.js';
import type { KnownAttempt, Living } from './job-lives.js';
import { JOB_COMPLETED } from './job-signals.js';
import { originOf } from './origin.js';
import type { QueueState } from './queue-state.js';
import { emitOfJob, jobValues } from './queue-state.js';
import type { EndOfJob, QueueTelemetry } from './queue-telemetry.js';
import { relationOf } from './relation.js';
import type { Settled } from './settle-span.js';
import { settleSpan } from './settle-span.js';

/** The context in which an end is emitted, and the attributes that its span has of the job already. */
interface Where {
  readonly context: Context;
  readonly spanSays: ReadonlySet<string> | undefined;
  /** Of an attempt that runs: what is told of its baggage, or null. */
  readonly carried?: Carried | null | undefined;
}

/** Ends of jobs that no attempt here settles: they are heard of by commands, events and looks at the store. */
export function heardEnds(
  state: QueueState,
  { relation, compat }: HandleOptions,
): Pick<QueueTelemetry, 'completed' | 'abandoned'> {
  const { core } = state;

  /** Emits an end on the span of the attempt that runs, and without one on a span of the end's own. */
  function onSpan(
    attempt: Living | undefined,
    job: JobInfo,
    end: Partial<EndOfJob> & { readonly worker?: string | undefined },
    settled: Settled,
    emit: (where: Where) => void,
  ): void {
    if (attempt) {
      attempt.describe(endAttributes(settled.outcome, settled.turnaround));
      const { emitIn: context, says, carried } = attempt.known;
      emit({ context, spanSays: says && saysOf(attempt.known, end), carried });
      return;
    }
    const { carrier } = end;
    const asked = relationOf(core, relation, { job, carrier, relation: end.relation });
    const span = settleSpan(state, job, originOf(state, carrier, job.id), asked, settled);
    emit({ context: span.context, spanSays: compat || !span.isOwn ? undefined : settleSays });
    span.end();
  }

  return {
    completed: (given, givenEnd) => {
      const job = jobOf(given);
      const end = plain(givenEnd);
      state.lives.again(job.id, end.runnableAt ?? 0);
      if (state.lives.endOf(job.id)) return;
      const running = state.lives.running(job.id);
      if (running && (end.attempts ?? running.known.number) === running.known.number)
        return running.completed();
      const at = end.endedAt ?? core.now();
      const turnaround = turnaroundOf(core, end, at) ?? running?.turnaround(at);
      const values = {
        ...jobValues(state, describedBy(running, job)),
        attempts: end.attempts,
        turnaround,
      };
      // An attempt of another number was not the one that completed it.
      onSpan(undefined, job, end, { outcome: 'completed', turnaround, at }, ({ context, spanSays }) =>
        emitOfJob(state, JOB_COMPLETED, values, { context, spanSays, timestamp: at }),
      );
      state.lives.end(job.id, { at, runnableAt: end.runnableAt });
      state.memory.forget(job.id);
      state.tally.ended(true, false);
      state.schedules.completed(state, describedBy(running, job), at);
    },
    abandoned: (given, givenEnd) => {
      const job = jobOf(given);
      const end = plain(givenEnd);
      const { runnableAt } = end;
      const reason = end.reason as AbandonReason;
      state.lives.again(job.id, runnableAt ?? 0);
      if (state.lives.endOf(job.id)) return;
      const attempt = state.lives.running(job.id);
      const at = attempt?.moment(end.endedAt) ?? end.endedAt ?? core.now();
      const error = end.error === undefined ? undefined : core.describeError(end.error);
      const turnaround = attempt?.turnaround(at) ?? turnaroundOf(core, end, at);
      const message = isWanted(reason) ? undefined : (error?.message ?? textOf(reason));
      onSpan(attempt, job, end, { outcome: 'abandoned', reason, message, turnaround, at }, (where) =>
        reportAbandoned(state, describedBy(attempt, job), {
          ...where,
          reason,
          attempts: end.attempts ?? attempt?.known.number,
          worker: end.worker ?? attempt?.known.worker,
          error,
          turnaround,
          runnableAt,
          timestamp: at,
        }),
      );
    },
  };
}

// The caller may name another attempt, or another worker, as the last one.
function saysOf(
  { number, worker: own }: KnownAttempt,
  { attempts = number, worker = own }: Partial<EndOfJob> & { readonly worker?: string | undefined },
): ReadonlySet<string> {
  return attempts === number && worker === own ? heardSays : settleSays;
}

// By two readings of the clock, unless both are given: of nothing, where that was set in between.
function turnaroundOf(
  core: Core,
  { runnableAt, endedAt }: Partial<EndOfJob>,
  at: number,
): number | undefined {
  const millis = since(runnableAt, at);
  return millis !== undefined && endedAt === undefined && core.isInDoubt(millis) ? undefined : millis;
}

// An event that has only an id does not name the type; the attempt knows it.
function describedBy(attempt: Living | undefined, job: JobInfo): JobInfo {
  return job.type === undefined ? { ...job, type: attempt?.known.job.type } : job;
}
