/** What telemetry needs to know of a job. Never its payload. */
export interface JobInfo {
  /** May be left out at enqueue where the engine gives it on acceptance. */
  readonly id?: string | undefined;
  /** The kind of work, as in `email`. */
  readonly type?: string | undefined;
  readonly priority?: number | undefined;
  readonly maxAttempts?: number | undefined;
}

/** How an attempt's span relates to its enqueue span: its child, a trace of its own with a link, or neither. */
export type Relation = 'parent' | 'link' | 'none';

/** Why a job was refused; `error` where the engine threw (its store is down). */
export type RejectReason = 'queue_full' | 'closed' | 'unknown_type' | 'invalid' | 'error';

/** Why a job came to a bad end. */
export type AbandonReason =
  | 'max_attempts'
  | 'not_retryable'
  | 'cancelled'
  | 'removed'
  | 'expired'
  | 'timeout'
  | 'stalled'
  | 'parent_failed'
  | 'shutdown'
  | 'no_processor'
  | 'queue_full';

/** What the engine does after a failed attempt: another one (after `delayMillis`, where it is known), or the end. */
export type AfterFailure =
  | { readonly retry: true; readonly delayMillis?: number | undefined }
  | { readonly retry: false; readonly reason: AbandonReason };

/** What is taken to follow where nobody says it in a way that can be understood. */
export const NO_RETRY: AfterFailure = { retry: false, reason: 'not_retryable' };

/** What follows a failure, read once; undefined where that can not be understood. */
export function checkAfterFailure(value: unknown): AfterFailure | undefined {
  try {
    const { retry, delayMillis, reason } = value as { retry: unknown; delayMillis: unknown; reason: unknown };
    if (retry === true)
      return { retry, delayMillis: Number.isFinite(delayMillis) ? Number(delayMillis) : undefined };
    return retry === false && typeof reason === 'string'
      ? { retry, reason: reason as AbandonReason }
      : undefined;
  } catch {
    return undefined;
  }
}

export function checkRelation(value: unknown): Relation | undefined {
  return value === 'parent' || value === 'link' || value === 'none' ? value : undefined;
}
