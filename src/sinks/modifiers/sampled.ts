import { checkSink } from '../../delivery/check-sink.js';
import type { SinkFunction } from '../../delivery/sink-function.js';
import type { Emission } from '../../emission/emission.js';
import type { OptionNames } from '../../signal/option-checks.js';
import { checkPositive, checkSwitch, optionsOf } from '../../signal/option-checks.js';
import { SignalboxError, shown } from '../../signal/signalbox-error.js';
import { isError } from './is-error.js';
import type { KeyOf } from './key-of.js';
import { keyOf } from './key-of.js';
import { placeOf } from './place-of-key.js';
import { RateByKey } from './rate-by-key.js';
import { wrap } from './wrap.js';

interface Common {
  /**
   * Gives the key of an emission. Emissions with the same key are sampled together. A sensitive field that no route to this sink
   * reveals is `[redacted]` here, which is one key for all. Emissions without a key (`undefined`) are sampled one by one.
   */
  readonly by?:
    | ((emission: Emission) => string | number | boolean | readonly string[] | undefined)
    | undefined;
  /**
   * Whether errors always pass: emissions of severity `error` and above, and those with an error among their fields. They do not
   * count towards the share or the rate. Default `true`.
   */
  readonly keepErrors?: boolean | undefined;
}

/** Options of {@link sampled} for a share of all emissions. */
export interface SampledShare extends Common {
  /** The share that passes: 0 is none, 1 is all. With `by`: the share of keys whose emissions all pass. */
  readonly ratio: number;
  readonly perSecond?: undefined;
}

/** Options of {@link sampled} for a rate. */
export interface SampledRate extends Common {
  /**
   * Emissions that pass per second, for each signal or, with `by`, for each key. May be less than 1. At most 10,000 keys at a time
   * have a rate of their own; those beyond share one.
   */
  readonly perSecond: number;
  readonly ratio?: undefined;
}

/** Options of {@link sampled}: a share (`ratio`) or a rate (`perSecond`). */
export type SampledOptions = SampledShare | SampledRate;

const OPTIONS: OptionNames<SampledOptions> = { ratio: true, perSecond: true, by: true, keepErrors: true };

/**
 * Gives a sink a part of the emissions, and every error. The others are counted as dropped for the reason `sampled`.
 *
 * - `{ ratio }`: of the first n emissions, for any n, n × ratio pass, give or take one. Which ones is random, so that a pattern in
 *   the emissions (every second a start, every other an end) does not choose.
 * - `{ ratio, by }`: all emissions of a key pass, or none. A hash of the key decides, so all processes decide alike, and a key that
 *   passes at one ratio passes at any larger one.
 * - `{ perSecond }`: so many of each signal per second, so that a frequent signal does not displace a rare one. `{ perSecond, by
 *   }`: so many of each key.
 *
 * {@link rateLimited} says what a sink can bear, errors included.
 *
 * @param fn The sink.
 * @param options The share or the rate, and what it applies to.
 * @throws {SignalboxError} If `fn` is no function or an option is out of range.
 *
 * @example
 * ```ts
 * import { sampled } from 'signalbox/sinks';
 *
 * // Of one customer in ten everything, and all errors of the others.
 * const tenth = sampled((emission) => console.log(emission.message), {
 *   ratio: 0.1,
 *   by: ({ fields }) => fields.customer,
 * });
 * ```
 */
export function sampled(fn: SinkFunction, options: SampledOptions): SinkFunction {
  checkSink('sampled', fn);
  const given = optionsOf<SampledOptions>('sampled', options, OPTIONS);
  const { keepErrors = true, by } = given;
  checkSwitch('sampled', 'keepErrors', keepErrors);
  if (by !== undefined && typeof by !== 'function') {
    throw new SignalboxError(
      `sampled: \`by\` is ${shown(by)}. Give a function, as in \`({ fields }) => fields.customer\`, or leave it out.`,
    );
  }
  const passes = given.perSecond === undefined ? byShare(given.ratio, by) : byRate(given, by);
  return wrap((emission, call) => {
    if ((keepErrors && isError(emission)) || passes(emission)) return fn(emission, call);
    return { dropped: 'sampled' };
  }, fn);
}

function byShare(ratio: unknown, by: KeyOf | undefined): (emission: Emission) => boolean {
  if (typeof ratio !== 'number' || !(ratio >= 0 && ratio <= 1)) {
    throw new SignalboxError(`sampled: \`ratio\` is ${shown(ratio)}. Give a number from 0 to 1.`);
  }
  // How many should have passed so far, less how many have. It stays between -1 and 1, so the share is exact.
  let owed = 0;
  const oneByOne = (): boolean => {
    owed += ratio;
    if (Math.random() >= owed) return false;
    owed -= 1;
    return true;
  };
  if (!by) return oneByOne;
  return (emission) => {
    const key = keyOf(by, emission);
    return key === undefined ? oneByOne() : placeOf(key) < ratio;
  };
}

function byRate(
  { perSecond, ratio }: { readonly perSecond: number; readonly ratio?: unknown },
  by: KeyOf = ({ signal }) => signal,
): (emission: Emission) => boolean {
  if (ratio !== undefined) {
    throw new SignalboxError(
      `sampled: both \`ratio\` (${shown(ratio)}) and \`perSecond\` (${shown(perSecond)}) are given. Give one of them; for both, put one sampled() around another.`,
    );
  }
  checkPositive('sampled', 'perSecond', perSecond);
  const rates = new RateByKey(perSecond);
  return (emission) => rates.take(keyOf(by, emission) ?? emission.signal);
}
