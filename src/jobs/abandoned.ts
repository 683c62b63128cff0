import type { Context } from '@opentelemetry/api';
import type { AbandonReason, JobInfo } from './job.js';
import type { Living } from './job-lives.js';
import { JOB_ABANDONED } from './job-signals.js';
import type { QueueState } from './queue-state.js';
import { jobValues } from './queue-state.js';
import { textOf } from './scalar.js';

/** Ends that someone wanted: no reason to page. */
const WANTED: ReadonlySet<unknown> = new Set<AbandonReason>(['cancelled', 'removed', 'shutdown']);

/** Whether a bad end is one that someone wanted. */
export function isWanted(reason: AbandonReason): boolean {
  return WANTED.has(reason);
}

/** What is known of a job's bad end. Durations in milliseconds, moments in epoch milliseconds. */
export interface Abandonment {
  readonly reason: AbandonReason;
  readonly attempts?: number | undefined;
  readonly error?: unknown;
  readonly turnaround?: number | undefined;
  readonly worker?: string | undefined;
  readonly context: Context;
  /** What the span of that context says already. */
  readonly spanSays?: ReadonlySet<string> | undefined;
  readonly timestamp?: number | undefined;
  /** Epoch milliseconds: when the job could first have run. */
  readonly runnableAt?: number | undefined;
  /** The attempt that emits it. */
  readonly by?: Living | undefined;
}

/** JOB_ABANDONED, once for each life of a job: one place for all bad ends. */
export function reportAbandoned(state: QueueState, job: JobInfo, end: Abandonment): void {
  if (state.lives.endOf(job.id)) return;
  const wanted = isWanted(end.reason);
  const values = {
    ...jobValues(state, job),
    attempts: end.attempts,
    reason: end.reason,
    error: end.error,
    turnaround: end.turnaround,
    worker_id: end.worker,
  };
  state.core.emit(JOB_ABANDONED, values, {
    context: end.context,
    spanSays: end.spanSays,
    ...(end.timestamp === undefined ? {} : { timestamp: end.timestamp }),
    ...(wanted ? { severity: 'info' as const } : {}),
  });
  const { reason, runnableAt, timestamp: at = state.core.now() } = end;
  // What is kept is small, whatever is given for a reason.
  const kept = textOf(reason) as AbandonReason | undefined;
  state.lives.end(job.id, { at, reason: kept, runnableAt }, end.by);
  state.memory.forget(job.id);
  state.tally.ended(false, wanted);
}
