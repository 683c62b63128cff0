import type { AttemptInfo } from '../../jobs/attempt-info.js';
import type { PreviousAttempt } from '../../jobs/attempt-memory.js';
import type { Carrier } from '../../jobs/carrier.js';
import type { WorkerTelemetry } from '../../jobs/workers.js';
import type { ObservedBoss } from './boss-state.js';
import { toNumber } from './job-row.js';
import { noteOf } from './link-note.js';
import type { KnownJob } from './running-jobs.js';
import { stalledBefore } from './stalls.js';

/** pg-boss's default, if neither the queue nor the job sets another limit. */
const EXPIRE_SECONDS = 15 * 60;

/**
 * Describes an attempt that pg-boss hands out, in the words of the job layer. `now` and `startedAt` are by the clock of the telemetry. An attempt in
 * a batch has no `startedAt` of its own.
 */
export function attemptInfoOf(
  observed: ObservedBoss,
  job: KnownJob,
  carrier: Carrier | undefined,
  worker: WorkerTelemetry | undefined,
  now: number,
  startedAt?: number,
): AttemptInfo {
  const runnable = Math.max(time(job.createdOn) ?? Number.NaN, time(job.startAfter) ?? Number.NaN);
  const started = time(job.startedOn) ?? Number.NaN;
  // The database's clock says how long the job waited. Move its moments to our clock, by which the attempt is measured.
  const offset = now - started;
  const first = firstRunOf(observed, job, runnable);
  const engine = observed.spans === 'engine';
  return {
    job: { id: job.id, priority: job.priority, maxAttempts: job.retryLimit + 1 },
    number: job.retryCount + 1,
    carrier,
    worker,
    runnableAt: runnable + offset,
    firstRunnableAt: first === undefined ? undefined : first + offset,
    previous: previousOf(observed, job, runnable + offset),
    startedAt,
    span: engine ? 'active' : 'own',
    processDuration: !engine,
  };
}

/** When the job could first have run, by the database's clock. The row of a retry no longer says it. */
export function firstRunOf(observed: ObservedBoss, job: KnownJob, runnable: number): number | undefined {
  const { firstRuns } = observed;
  const first =
    job.retryCount === 0 ? runnable : (noteOf(job.id, job.output)?.firstRun ?? firstRuns.get(job.id));
  if (first !== undefined && Number.isFinite(first) && !firstRuns.has(job.id)) firstRuns.keep(job.id, first);
  return first;
}

function previousOf(observed: ObservedBoss, job: KnownJob, retryAt: number): PreviousAttempt | undefined {
  if (job.retryCount === 0) return undefined;
  const held = observed.running.get(job.id);
  // The supervisor has ended the previous attempt, and its handler still runs here.
  if (held?.job?.retryCount === job.retryCount - 1)
    return { carrier: held.attempt.carrier, number: job.retryCount, retryAt };
  // No link: the span of an attempt whose worker vanished was never exported, and what is remembered is of an earlier one.
  if (stalledBefore(observed.lives, job)) return { carrier: {} };
  const note = noteOf(job.id, job.output);
  if (!note || (note.attempt !== undefined && note.attempt !== job.retryCount)) return undefined;
  return { carrier: note.carrier, number: job.retryCount, retryAt };
}

/** Milliseconds after which pg-boss fails what is still running. A job of the app's own `fetch()` may lack the field. */
export function limitOf(jobs: readonly Partial<KnownJob>[]): number {
  return Math.max(1, ...jobs.map((job) => toNumber(job.expireInSeconds) ?? EXPIRE_SECONDS)) * 1000;
}

function time(given: unknown): number | undefined {
  // A database adapter may hand moments out as text.
  const moment = given instanceof Date ? given : new Date(typeof given === 'string' ? given : Number.NaN);
  return Number.isNaN(moment.getTime()) ? undefined : moment.getTime();
}
