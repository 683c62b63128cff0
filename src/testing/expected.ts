import { isDescribed } from '../emission/describe-error.js';
import type { Emission } from '../emission/emission.js';
import { DEFAULT_STRING_LENGTH } from '../emission/text.js';
import type { Clean } from '../emission/value.js';
import { cleanOpen, cleanValue, noValueCounts } from '../emission/value.js';
import { isSignal } from '../routing/route.js';
import { didYouMean } from '../signal/did-you-mean.js';
import type { NoFields } from '../signal/field.js';
import type { AnySignal } from '../signal/signal.js';
import { SignalboxError, shown } from '../signal/signalbox-error.js';
import type { Asymmetric } from './asymmetric.js';
import { fits, holdsAsymmetric, isAsymmetric } from './asymmetric.js';

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

// A sink sees a time as text. It also sees errors and JSON as text, which `unknown` stands for.
type Seen<T> = T | Asymmetric | Entries<T> | (Date extends T ? string : never) | '[redacted]' | undefined;
type Entries<T> = T extends readonly (infer E)[] ? readonly (E | Asymmetric)[] : never;

/**
 * Values to look for, by names in code. Give them as `emit` takes them, or as sinks see them: `[redacted]` for a sensitive value, and
 * the changed text if the box's own `limits`, `redact` or `redactText` changed it. Fields that are not named are not compared. `V`
 * are the values of the signal; if they are not known, and for a plain level record, any name is allowed. An asymmetric matcher of
 * the test runner, as `expect.any(Number)`, gets the value as sinks see it; inside a list or an object it gets that part.
 *
 * @example
 * ```ts
 * import { createSignalbox, defineSignal, field } from 'signalbox';
 * import { type Expected, recorder } from 'signalbox/testing';
 *
 * const PAID = defineSignal('PAID', { fields: { amount: field.number(), user: field.id({ sensitive: true }) } });
 * const expected: Expected<{ amount: number; user: string }> = { user: '[redacted]' };
 * const seen = recorder();
 * createSignalbox({ destinations: { seen } }).emit(PAID, { amount: 3, user: 'u-1' });
 * seen.assertEmitted(PAID, expected);
 * ```
 */
export type Expected<V extends object = object> =
  Same<V, object> extends true
    ? Readonly<Record<string, unknown>>
    : [keyof V] extends [never]
      ? NoFields
      : { readonly [N in keyof V]?: Seen<V[N]> };

export function checkedSignal(where: string, signal: AnySignal): AnySignal {
  if (isSignal(signal)) return signal;
  throw new SignalboxError(`${where}: the signal is ${shown(signal)}. Give one made by defineSignal.`);
}

// With an expectation that nothing can fit, an assertion that nothing fits would always pass.
export function checkExpected(where: string, { name, fields, open }: AnySignal, expected: object): void {
  if (typeof expected !== 'object' || expected === null || Array.isArray(expected))
    throw new SignalboxError(
      `${where}: the expected values of ${name} are ${shown(expected)}. Give values by the names of its fields, or nothing.`,
    );
  if (isAsymmetric(expected))
    throw new SignalboxError(
      `${where}: the expected values of ${name} are an asymmetric matcher. Give values by the names of its fields; each can be a matcher.`,
    );
  if (open) return;
  for (const key of Object.keys(expected)) {
    const field = Object.hasOwn(fields, key) ? fields[key] : undefined;
    const known = Object.keys(fields).filter((n) => !fields[n]?.metricsOnly);
    if (!field)
      throw new SignalboxError(
        `${where}: ${name} has no field ${shown(key)}.${didYouMean(key, known)} Its fields: ${known.join(', ') || 'none'}.`,
      );
    if (field.metricsOnly)
      throw new SignalboxError(
        `${where}: the field ${shown(key)} of ${name} is metricsOnly: it reaches no sink, and can not be compared. Leave it out.`,
      );
  }
}

/** The names of the expected values that the emission does not have. */
export function misfits({ fields, definition }: Emission, expected: object): string[] {
  const entries = Object.entries(expected as Expected);
  return entries
    .filter(([name, value]) => {
      const left = Object.hasOwn(fields, name) ? fields[name] : undefined;
      if (isAsymmetric(value)) return !value.asymmetricMatch(left);
      // A null leaves nothing in a plain level record.
      const nothing = value === undefined || (definition.open && value === null);
      if (nothing || left === undefined) return !nothing || left !== undefined;
      if (holdsAsymmetric(value)) return !fitsInside(definition, name, left, value);
      return !(
        same(left, value) || LENGTHS.some((length) => same(left, leaving(definition, name, value, length)))
      );
    })
    .map(([name]) => name);
}

// We do not know the box's limit for texts. Mostly it is the default, or so large that nothing was cut.
const LENGTHS: readonly number[] = [DEFAULT_STRING_LENGTH, Number.POSITIVE_INFINITY];

/** A value of this field as it leaves the box, which is what sinks see. */
function leaving(signal: AnySignal, name: string, value: unknown, stringLength: number): unknown {
  const counts = noValueCounts();
  const field = Object.hasOwn(signal.fields, name) ? signal.fields[name] : undefined;
  let clean: Clean;
  if (field) clean = cleanValue(field, value, { stringLength }, counts);
  else if (signal.open) clean = cleanOpen(value, { stringLength }, counts);
  return isDescribed(clean) ? clean.message : clean;
}

/** Whether the matchers inside a value accept what left in their places. */
function fitsInside(signal: AnySignal, name: string, left: unknown, value: unknown): boolean {
  // Each other part is compared as it leaves, as the only entry of a list of this field.
  return fits(parsed(left), value, (found, wanted) =>
    LENGTHS.some((length) => fits([found], parsed(leaving(signal, name, [wanted], length)))),
  );
}

/** A value that left as JSON text, parsed. Any other value is returned as it is. */
function parsed(left: unknown): unknown {
  if (typeof left !== 'string') return left;
  try {
    return JSON.parse(left) as unknown;
  } catch {
    return left;
  }
}

function same(a: unknown, b: unknown): boolean {
  if (!Array.isArray(a) || !Array.isArray(b)) return a === b;
  return a.length === b.length && a.every((entry, i) => entry === b[i]);
}

/** The sought values as they would leave. A value that the field does not take appears as a plain level record would have it. */
export function asTheyLeave(signal: AnySignal, expected: object): Readonly<Record<string, unknown>> {
  const [length = 0] = LENGTHS;
  const values = Object.entries(expected as Expected).map(([name, value]) => [
    name,
    holdsAsymmetric(value)
      ? value
      : (leaving(signal, name, value, length) ??
        leaving({ ...signal, fields: {}, open: true }, name, value, length)),
  ]);
  return Object.fromEntries(values);
}
