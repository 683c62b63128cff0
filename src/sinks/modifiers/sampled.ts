import { checkSink } from '../../delivery/check-sink.js';
import type { SinkFunction } from '../../delivery/sink-function.js';
import type { OptionNames } from '../../signal/option-checks.js';
import { optionsOf } from '../../signal/option-checks.js';
import { SignalboxError, shown } from '../../signal/signalbox-error.js';
import { wrap } from './wrap.js';

/** Options of {@link sampled}. */
export interface SampledOptions {
  /** The share that passes: 0 is none, 1 is all. */
  readonly ratio: number;
}

const OPTIONS: OptionNames<SampledOptions> = { ratio: true };

/**
 * Gives a sink a share of the emissions; the others are counted as dropped for the reason `sampled`. Of the
 * first n, whatever n is, n × ratio pass, give or take one. Which ones is random, so that a pattern in what is
 * emitted (every second a start, every other an end) does not choose.
 *
 * @param fn The sink.
 * @param options The ratio.
 * @throws {SignalboxError} When `fn` is no function or the ratio no number from 0 to 1.
 *
 * @example
 * ```ts
 * import { sampled } from 'signalbox/sinks';
 *
 * const tenth = sampled((emission) => console.log(emission.message), { ratio: 0.1 });
 * ```
 */
export function sampled(fn: SinkFunction, options: SampledOptions): SinkFunction {
  checkSink('sampled', fn);
  const ratio: unknown = optionsOf('sampled', options, OPTIONS).ratio;
  if (typeof ratio !== 'number' || !(ratio >= 0 && ratio <= 1)) {
    throw new SignalboxError(`sampled: \`ratio\` is ${shown(ratio)}. Give a number from 0 to 1.`);
  }
  // What should have passed so far less what has: it stays between -1 and 1, so the share is exact.
  let owed = 0;
  return wrap((emission, call) => {
    owed += ratio;
    if (Math.random() >= owed) return { dropped: 'sampled' };
    owed -= 1;
    return fn(emission, call);
  }, fn);
}
