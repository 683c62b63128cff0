import { checkSink } from '../../delivery/check-sink.js';
import type { SinkFunction } from '../../delivery/sink-function.js';
import type { OptionNames } from '../../signal/option-checks.js';
import { checkCount, optionsOf } from '../../signal/option-checks.js';
import { SignalboxError, shown } from '../../signal/signalbox-error.js';
import { TokenBucket } from './token-bucket.js';
import { wrap } from './wrap.js';

/** Options of {@link rateLimited}. */
export interface RateLimitedOptions {
  /** Emissions that pass per second in the long run. May be less than 1. */
  readonly perSecond: number;
  /** Maximum number of emissions that pass at once after a quiet time. Default: `perSecond`, rounded up. */
  readonly burst?: number | undefined;
}

const OPTIONS: OptionNames<RateLimitedOptions> = { perSecond: true, burst: true };

/**
 * Limits the emissions that a sink gets per second, errors included. Those beyond are counted as dropped for the reason
 * `rate_limited`. The limit applies to the start of a call, however many are in flight. It says what the sink can bear; {@link
 * sampled} says what is worth keeping.
 *
 * @param fn The sink.
 * @param options Rate and burst.
 * @throws {SignalboxError} If `fn` is no function or an option is out of range.
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
