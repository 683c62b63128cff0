import type { Context } from '@opentelemetry/api';
import type { Carried } from './baggage.js';
import type { AbandonReason, JobInfo } from './job.js';
import type { Living } from './job-lives.js';
import { JOB_ABANDONED } from './job-signals.js';
import type { QueueState } from './queue-state.js';
import { emitOfJob, jobValues } from './queue-state.js';
import { textOf } from './scalar.js';

/** Reasons of ends that someone wanted: they page nobody. */
const WANTED: ReadonlySet<unknown> = new Set<AbandonReason>(['cancelled', 'removed', 'shutdown']);

/** Whether a bad end is one that someone wanted. */
export function isWanted(reason: AbandonReason): boolean {
  return WANTED.has(reason);
}

/** What the caller knows of a job's bad end. Durations in milliseconds, moments in epoch milliseconds. */
export interface Abandonment {
  readonly reason: AbandonReason;
  readonly attempts?: number | undefined;
  readonly error?: unknown;
  readonly turnaround?: number | undefined;
  readonly worker?: string | undefined;
  readonly context: Context;
  /** What the span of that context says already. */
  readonly spanSays?: ReadonlySet<string> | undefined;
  /** What is told of its baggage; null where it carries none. Default: that of the context. */
  readonly carried?: Carried | null | undefined;
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
  const place = {
    context: end.context,
    spanSays: end.spanSays,
    ...(end.timestamp === undefined ? {} : { timestamp: end.timestamp }),
    ...(wanted ? { severity: 'info' as const } : {}),
  };
  emitOfJob(state, JOB_ABANDONED, values, place, end.carried);
  const { reason, runnableAt, timestamp: at = state.core.now() } = end;
  // The app may give a reason of any length; memory keeps a short one.
  const kept = textOf(reason) as AbandonReason | undefined;
  state.lives.end(job.id, { at, reason: kept, runnableAt }, end.by);
  state.memory.forget(job.id);
  state.tally.ended(false, wanted);
}
