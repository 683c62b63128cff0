/**
 * A matcher of the test runner, as `expect.any(…)` makes it: it decides itself whether a value fits. To TypeScript, the matchers of vitest
 * and of `@types/jest` are `any`; those of `@jest/globals` have this type.
 *
 * @example
 * ```ts
 * import { createSignalbox, defineSignal, field } from 'signalbox';
 * import { type Asymmetric, recorder } from 'signalbox/testing';
 *
 * const PAID = defineSignal('PAID', { fields: { amount: field.number() } });
 * const seen = recorder();
 * createSignalbox({ destinations: { seen } }).emit(PAID, { amount: 12 });
 *
 * const positive: Asymmetric = { asymmetricMatch: (amount) => Number(amount) > 0 };
 * seen.assertEmitted(PAID, { amount: positive });
 * ```
 */
export interface Asymmetric {
  asymmetricMatch(other: unknown): boolean;
  toAsymmetricMatcher?(): string;
}

export function isAsymmetric(value: unknown): value is Asymmetric {
  return (
    typeof value === 'object' &&
    value !== null &&
    'asymmetricMatch' in value &&
    typeof value.asymmetricMatch === 'function'
  );
}

/** Whether a value contains a matcher, at any depth of lists and plain objects. */
export function holdsAsymmetric(value: unknown, around: readonly unknown[] = []): boolean {
  if (isAsymmetric(value)) return true;
  if (!(Array.isArray(value) || isPlain(value)) || around.includes(value)) return false;
  return Object.values(value).some((part: unknown) => holdsAsymmetric(part, [...around, value]));
}

/**
 * Whether a value is the wanted one. Lists and plain objects are compared part by part, and matchers decide themselves.
 *
 * @param equal Compares all other parts.
 */
export function fits(
  found: unknown,
  wanted: unknown,
  equal: (found: unknown, wanted: unknown) => boolean = (a, b) => a === b,
): boolean {
  if (isAsymmetric(wanted)) return wanted.asymmetricMatch(found);
  if (Array.isArray(wanted))
    return (
      Array.isArray(found) &&
      found.length === wanted.length &&
      found.every((part, i) => fits(part, wanted[i], equal))
    );
  if (!isPlain(wanted)) return equal(found, wanted);
  if (!isPlain(found)) return false;
  const names = Object.keys(wanted).filter((name) => wanted[name] !== undefined);
  return (
    names.length === Object.keys(found).length &&
    names.every((name) => Object.hasOwn(found, name) && fits(found[name], wanted[name], equal))
  );
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** A value as JSON. A matcher appears as the test runner writes it, `undefined` as `nothing`. */
export function inBrief(value: unknown): string {
  if (value === undefined) return 'nothing';
  return (
    JSON.stringify(value, (_, part: unknown) => (isAsymmetric(part) ? written(part) : part)) ?? String(value)
  );
}

function written(matcher: Asymmetric): string {
  try {
    return matcher.toAsymmetricMatcher?.() ?? String(matcher);
  } catch {
    return 'an asymmetric matcher';
  }
}
