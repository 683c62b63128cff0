import { NAMES } from '../emission/bind.js';
import type { Bound } from '../emission/bound.js';
import type { ValueCounts, ValueRules } from '../emission/value.js';
import { noValueCounts } from '../emission/value.js';
import { SignalboxError, shown } from '../signal/signalbox-error.js';
import { bind } from './bound-boxes.js';

/**
 * Binds the option `attributes` of a box. Throws a {@link SignalboxError} if a value does not fit its declaration, because it is
 * configuration. Counts truncated texts in the box's own `values`.
 */
export function bindAttributes(given: unknown, rules: ValueRules, values: ValueCounts): Bound | undefined {
  const counts = noValueCounts();
  let bound: Bound | undefined;
  let names = 0;
  try {
    bound = bind({ rules, values: counts }, given);
    names = bound ? Object.keys(given as object).length : 0;
  } catch {
    // A proxy may throw on every access.
    counts.unserializable++;
  }
  const { wrongType, undeclared, unserializable, outOfRange, truncated } = counts;
  if (!bound && unserializable === 0)
    throw new SignalboxError(
      `createSignalbox: \`attributes\` is ${shown(given)}. Give values by name, or what \`bound(…).of(…)\` returns.`,
    );
  if (wrongType + undeclared + unserializable + outOfRange > 0)
    throw new SignalboxError(
      'createSignalbox: `attributes` has a value that is missing, undeclared or not of its kind. Give each declared field a value of its kind, and no other.',
    );
  if (names > NAMES)
    throw new SignalboxError(
      `createSignalbox: \`attributes\` has ${names} names. Give ${NAMES} at most, or declare more with \`bound\`.`,
    );
  values.truncated += truncated;
  return bound;
}
