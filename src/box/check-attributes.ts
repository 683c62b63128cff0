import type { Bound } from '../emission/bound.js';
import type { ValueRules } from '../emission/value.js';
import { noValueCounts } from '../emission/value.js';
import { SignalboxError, shown } from '../signal/signalbox-error.js';
import { bind } from './bound-boxes.js';

/** Binds the option `attributes` of a box. Throws a {@link SignalboxError} where values are not what they are declared to be: it is configuration. */
export function bindAttributes(given: unknown, rules: ValueRules): Bound | undefined {
  const counts = noValueCounts();
  const bound = bind({ rules, values: counts }, given);
  if (!bound)
    throw new SignalboxError(
      `createSignalbox: \`attributes\` is ${shown(given)}. Give values by name, or what \`bound(…).of(…)\` returns.`,
    );
  const { wrongType, undeclared, unserializable, outOfRange } = counts;
  if (wrongType + undeclared + unserializable + outOfRange > 0)
    throw new SignalboxError(
      'createSignalbox: `attributes` has a value that is missing, undeclared or not of its kind. Give each declared field a value of its kind, and no other.',
    );
  return bound;
}
