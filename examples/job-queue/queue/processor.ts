/** What a handler is given: one attempt of one job. It is the handler's own; what it does to it changes nothing. */
export interface JobCall {
  readonly id: string;
  readonly type: string;
  readonly priority: number;
  /** A copy for this attempt alone. */
  readonly payload: unknown;
  /** 1 for the first. */
  readonly attempt: number;
  readonly maxAttempts: number;
  /** `worker-1`, `worker-2`, … */
  readonly worker: string;
  /** Epoch ms: when this attempt could first have run. */
  readonly runnableAt: number;
  /** Aborts at the time limit with a `TimeoutError`, else with the reason of the cancelling or shutdown. */
  readonly signal: AbortSignal;
}

/** Does the jobs of one type. */
export interface Processor {
  readonly type: string;
  /** Done when it returns or its promise resolves; failed when it throws or rejects, with anything. */
  process(job: JobCall): unknown | Promise<unknown>;
}

/**
 * Thrown by a handler: another attempt would fail as well, so none is made.
 *
 * @example
 * ```ts
 * if (!isAddress(to)) throw new NotRetryable('no such address');
 * ```
 */
export class NotRetryable extends Error {
  override readonly name = 'NotRetryable';
}

/** What a cancelled attempt failed with; the reason given by who cancelled it is its cause. */
export class Cancelled extends Error {
  override readonly name = 'Cancelled';
  /** Becomes `error.type`. */
  readonly code = 'cancelled';
}

/** What an attempt failed with that ran into its time limit. */
export class TimedOut extends Error {
  override readonly name = 'TimedOut';
  /** Becomes `error.type`. */
  readonly code = 'timeout';
}

/** Whether it is a `NotRetryable`. Even this question can make a hostile value throw. */
export function isNotRetryable(thrown: unknown): boolean {
  try {
    return thrown instanceof NotRetryable;
  } catch {
    return false;
  }
}
