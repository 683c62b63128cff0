import { checkSink } from '../../delivery/check-sink.js';
import type { SinkFunction } from '../../delivery/sink-function.js';
import type { OptionNames } from '../../signal/option-checks.js';
import { checkCount, optionsOf } from '../../signal/option-checks.js';
import { SignalboxError, shown } from '../../signal/signalbox-error.js';
import { TokenBucket } from './token-bucket.js';
import { wrap } from './wrap.js';

/** Options of {@link rateLimited}. */
export interface RateLimitedOptions {
  /** How many emissions a second pass in the long run; may be less than 1. */
  readonly perSecond: number;
  /** How many may pass at once after a quiet time. Default: `perSecond`, rounded up. */
  readonly burst?: number | undefined;
}

const OPTIONS: OptionNames<RateLimitedOptions> = { perSecond: true, burst: true };

/**
 * Gives a sink so many emissions a second, errors included; those beyond are counted as dropped for the reason `rate_limited`. What
 * counts is when a call begins, however many are in flight. It says what the sink can bear; what is worth keeping is said by
 * {@link sampled}.
 *
 * @param fn The sink.
 * @param options Rate and burst.
 * @throws {SignalboxError} When `fn` is no function or an option is out of range.
 *
 * @example
 * ```ts
 * import { rateLimited } from 'signalbox/sinks';
 *
 * const pager = rateLimited((emission) => console.error(emission.message), { perSecond: 1 / 60, burst: 3 });
 * ```
 */
export function rateLimited(fn: SinkFunction, options: RateLimitedOptions): SinkFunction {
  checkSink('rateLimited', fn);
  const { perSecond, burst = Math.ceil(perSecond) } = optionsOf('rateLimited', options, OPTIONS);
  if (typeof perSecond !== 'number' || !(perSecond > 0 && Number.isFinite(perSecond))) {
    throw new SignalboxError(
      `rateLimited: \`perSecond\` is ${shown(perSecond)}. Give a number above 0; 1 / 60 is one a minute.`,
    );
  }
  checkCount('rateLimited', 'burst', burst);
  const bucket = new TokenBucket(perSecond, burst);
  return wrap((emission, call) => (bucket.take() ? fn(emission, call) : { dropped: 'rate_limited' }), fn);
}
