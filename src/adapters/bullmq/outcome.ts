import type { Job } from 'bullmq';
import type { AbandonReason, AfterFailure } from '../../jobs/index.js';
import { maxAttemptsOf } from './job-facts.js';

const RATE_LIMITED = 'bullmq:rateLimitExceeded';

/** Errors by which a processor tells BullMQ that it has put its job back: no failure, and no attempt. */
const DEFERRALS: Readonly<Record<string, string>> = {
  DelayedError: 'delayed',
  WaitingError: 'waiting',
  WaitingChildrenError: 'waiting_children',
};

/** Why a start that threw this is no attempt, as BullMQ decides it; undefined where it is a failure. */
export function deferralOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { name, message } = error as { readonly name?: unknown; readonly message?: unknown };
  if (message === RATE_LIMITED) return 'rate_limited';
  return typeof name === 'string' && Object.hasOwn(DEFERRALS, name) ? DEFERRALS[name] : undefined;
}

/** What BullMQ does after a failure, as its Job tells it in `failed`. */
export function afterFailure(
  job: Job,
  error: unknown,
  circumstances: { readonly cancelled: boolean; readonly maxStarts: number | undefined },
): AfterFailure {
  if (!job.finishedOn) return { retry: true, delayMillis: job.delay };
  return { retry: false, reason: reasonOf(job, error, circumstances) };
}

function reasonOf(
  job: Job,
  error: unknown,
  { cancelled, maxStarts }: { readonly cancelled: boolean; readonly maxStarts: number | undefined },
): AbandonReason {
  if (cancelled) return 'cancelled';
  if ((error as { readonly name?: unknown } | undefined)?.name === 'UnrecoverableError')
    return 'not_retryable';
  const isLast =
    job.attemptsMade >= maxAttemptsOf(job.opts) ||
    (maxStarts !== undefined && job.attemptsStarted >= maxStarts);
  // Else its backoff strategy said that there is no more to come.
  return isLast ? 'max_attempts' : 'not_retryable';
}

/** The end of a job whose processor was not called: what BullMQ had noted in it before it was taken. */
export function endWithoutRun(job: Job): {
  readonly reason: AbandonReason;
  readonly attempts: number | undefined;
} {
  const noted: unknown = job.deferredFailure;
  // This start is counted in `attemptsMade`, though nothing ran.
  if (typeof noted !== 'string') return { reason: 'max_attempts', attempts: undefined };
  if (noted.includes('stalled')) return { reason: 'stalled', attempts: job.attemptsMade };
  return { reason: 'parent_failed', attempts: job.attemptsMade - 1 };
}

/** BullMQ will end this job without calling its processor. */
export function endsWithoutRun(job: Job, maxStarts: number | undefined): boolean {
  return Boolean(job.deferredFailure) || (maxStarts ? maxStarts < job.attemptsStarted : false);
}

/** Codes of BullMQ for a job that is not the worker's any more. */
const TAKEN: ReadonlySet<unknown> = new Set([-1, -2, -3, -6]);

/** Whether a worker's error tells that this job was taken away from it. */
export function tellsTaken(error: unknown, jobId: string): boolean {
  const { code, message } = (error ?? {}) as { readonly code?: unknown; readonly message?: unknown };
  if (!TAKEN.has(code) || typeof message !== 'string') return false;
  return message.includes(`job ${jobId}. `) || message.startsWith(`Job ${jobId} is not in `);
}
