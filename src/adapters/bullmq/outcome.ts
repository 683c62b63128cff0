import type { Job } from 'bullmq';
import type { AbandonReason, AfterFailure } from '../../jobs/index.js';
import { maxAttemptsOf } from './job-facts.js';

const RATE_LIMITED = 'bullmq:rateLimitExceeded';

/** Errors by which a processor tells BullMQ that it has put its job back. BullMQ counts neither a failure nor an attempt. */
const DEFERRALS: Readonly<Record<string, string>> = {
  DelayedError: 'delayed',
  WaitingError: 'waiting',
  WaitingChildrenError: 'waiting_children',
};

/** Why a start that threw this error is no attempt: BullMQ decides by the message or the name. Undefined if it is an attempt. */
export function deferralOf(error: unknown): string | undefined {
  const { name, message } = partsOf(error);
  if (message === RATE_LIMITED) return 'rate_limited';
  return typeof name === 'string' && Object.hasOwn(DEFERRALS, name) ? DEFERRALS[name] : undefined;
}

/** What BullMQ does after a failure, as the Job of the `failed` event says. */
export function afterFailure(
  job: Job,
  error: unknown,
  circumstances: { readonly cancelled: boolean; readonly maxStarts: number | undefined },
): AfterFailure {
  if (!job.finishedOn) return { retry: true, delayMillis: job.delay };
  return { retry: false, reason: reasonOf(job, error, circumstances) };
}

/** Why a failure was a job's last. `attemptsMade` includes it. */
export function reasonOf(
  job: Pick<Job, 'attemptsMade' | 'attemptsStarted' | 'opts'>,
  error: unknown,
  { cancelled, maxStarts }: { readonly cancelled: boolean; readonly maxStarts: number | undefined },
): AbandonReason {
  if (cancelled) return 'cancelled';
  if (partsOf(error).name === 'UnrecoverableError' || classesOf(error).includes('UnrecoverableError'))
    return 'not_retryable';
  const isLast =
    job.attemptsMade >= maxAttemptsOf(job.opts) ||
    (maxStarts !== undefined && job.attemptsStarted >= maxStarts);
  // Otherwise the app's backoff strategy ended the retries.
  return isLast ? 'max_attempts' : 'not_retryable';
}

/** What BullMQ notes in a job that it will end without a run. The key of a child has text of the app's. */
const STALLED = 'job stalled more than allowable limit';
const CHILD_FAILED = /^child .+ failed$/s;

/** Whether the worker that found the job stalled once too often ended it at once, as before BullMQ 5.49. BullMQ counted no attempt then. */
export function endedByStall({ deferredFailure, failedReason }: Job): boolean {
  return deferredFailure === undefined && failedReason === STALLED;
}

/** The end of a job whose processor BullMQ did not call, according to what it had noted in the job before. */
export function endWithoutRun(job: Job): {
  readonly reason: AbandonReason;
  readonly attempts: number | undefined;
} {
  if (endedByStall(job)) return { reason: 'stalled', attempts: job.attemptsMade + 1 };
  const noted: unknown = job.deferredFailure;
  // BullMQ counts this start in `attemptsMade`, though nothing ran.
  if (typeof noted !== 'string') return { reason: 'max_attempts', attempts: undefined };
  if (noted === STALLED) return { reason: 'stalled', attempts: job.attemptsMade };
  const reason = CHILD_FAILED.test(noted) ? 'parent_failed' : 'not_retryable';
  return { reason, attempts: job.attemptsMade - 1 };
}

/** Whether BullMQ will end this job without a call of its processor. */
export function endsWithoutRun(job: Job, maxStarts: number | undefined): boolean {
  return Boolean(job.deferredFailure) || (maxStarts ? maxStarts < job.attemptsStarted : false);
}

export function partsOf(error: unknown): {
  readonly name?: unknown;
  readonly message?: unknown;
  readonly code?: unknown;
} {
  const isObject = (typeof error === 'object' && error !== null) || typeof error === 'function';
  return isObject ? (error as { readonly name?: unknown }) : {};
}

/** The names of the classes of an error, its own first. */
function classesOf(error: unknown): string[] {
  const names: string[] = [];
  if (typeof error !== 'object' || error === null) return names;
  for (
    let at = Object.getPrototypeOf(error) as object | null;
    at;
    at = Object.getPrototypeOf(at) as object | null
  ) {
    const { constructor: made } = at as { readonly constructor?: { readonly name?: unknown } };
    if (typeof made?.name === 'string') names.push(made.name);
  }
  return names;
}
