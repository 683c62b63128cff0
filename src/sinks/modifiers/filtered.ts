import { checkSink } from '../../delivery/check-sink.js';
import { ownError } from '../../delivery/own-error.js';
import type { SinkFunction } from '../../delivery/sink-function.js';
import type { Emission } from '../../emission/emission.js';
import { swallow } from '../../emission/swallow.js';
import { SignalboxError, shown } from '../../signal/signalbox-error.js';
import { filterAtExit } from './filter-at-exit.js';
import { wrap } from './wrap.js';

/**
 * Gives a sink only the emissions that pass a test. The others are counted as dropped for the reason `filtered`. If the test throws,
 * or answers with a promise, the emission counts as failed.
 *
 * @param fn The sink.
 * @param test Says whether an emission passes.
 * @throws {SignalboxError} If `fn` or `test` is no function.
 *
 * @example
 * ```ts
 * import { filtered } from 'signalbox/sinks';
 *
 * const large = filtered(
 *   (emission) => console.log(emission.message),
 *   (emission) => Number(emission.fields.amount) > 10_000,
 * );
 * ```
 */
export function filtered(fn: SinkFunction, test: (emission: Emission) => boolean): SinkFunction {
  checkSink('filtered', fn);
  if (typeof test !== 'function') {
    throw new SignalboxError(
      `filtered: the test is ${shown(test)}. Give a function, as in \`(emission) => emission.severity === 'error'\`.`,
    );
  }
  const filter: SinkFunction = (emission, call) => {
    const passes: unknown = test(emission);
    // Otherwise any promise would pass.
    if (swallow(passes))
      throw ownError('the test of filtered() gave a promise: give a function that answers at once');
    return passes ? fn(emission, call) : { dropped: 'filtered' };
  };
  return filterAtExit(wrap(filter, fn), test);
}
