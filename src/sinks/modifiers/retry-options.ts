import type { OptionNames } from '../../signal/option-checks.js';
import { checkCount, checkMillis, checkSwitch } from '../../signal/option-checks.js';
import type { Backoff } from './backoff.js';

/** Options of {@link retrying}. */
export interface RetryOptions {
  /** Total number of tries, the first one included. */
  readonly attempts: number;
  /** The wait after the first failure, in milliseconds; it doubles with each further one. Default 100. */
  readonly delayMillis?: number | undefined;
  /** The longest wait, in milliseconds. Default 30,000. */
  readonly maxDelayMillis?: number | undefined;
  /** Whether only a random part of each wait is waited, so that many processes do not come back at once. Default `true`. */
  readonly jitter?: boolean | undefined;
}

export const RETRY_OPTIONS: OptionNames<RetryOptions> = {
  attempts: true,
  delayMillis: true,
  maxDelayMillis: true,
  jitter: true,
};

/** How often something is tried, and the waits between. */
export interface Retry extends Backoff {
  readonly attempts: number;
}

/** The options with their defaults. Throws a {@link SignalboxError} if one is out of range. */
export function checkedRetry(where: string, options: RetryOptions): Retry {
  const { attempts, delayMillis = 100, maxDelayMillis = 30_000, jitter = true } = options;
  checkCount(where, 'attempts', attempts);
  checkMillis(where, 'delayMillis', delayMillis);
  checkMillis(where, 'maxDelayMillis', maxDelayMillis);
  checkSwitch(where, 'jitter', jitter);
  return { attempts, delayMillis, maxDelayMillis, jitter };
}
