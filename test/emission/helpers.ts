import { expect } from 'vitest';
import { compileSchema } from '../../src/emission/compiled-signal.js';
import { takeSnapshot } from '../../src/emission/read-values.js';
import type { Snapshot } from '../../src/emission/snapshot.js';
import type { Clean, ValueCounts, ValueRules } from '../../src/emission/value.js';
import { cleanValue, noValueCounts } from '../../src/emission/value.js';
import type { Field, Fields } from '../../src/signal/field.js';
import type { AnySignal } from '../../src/signal/signal.js';
import { defineSignal } from '../../src/signal/signal.js';

export const RULES: ValueRules = { stringLength: 4096 };

export function noCounts(): ValueCounts {
  return noValueCounts();
}

/** What becomes of one value of one field, and what was counted. */
export function clean(
  field: Field<unknown>,
  value: unknown,
  rules: ValueRules = RULES,
): { readonly value: Clean; readonly counts: Partial<ValueCounts> } {
  const counts = noCounts();
  const cleaned = cleanValue(field, value, rules, counts);
  return { value: cleaned, counts: counted(counts) };
}

/** The counts that are not zero. */
export function counted(counts: ValueCounts): Partial<ValueCounts> {
  return Object.fromEntries(Object.entries(counts).filter(([, n]) => n > 0));
}

/** One emit of a signal with these fields. */
export function emitOf(
  fields: Fields,
  given: unknown,
  rules: ValueRules = RULES,
): { readonly snapshot: Snapshot; readonly counts: Partial<ValueCounts> } {
  return emitOfSignal(defineSignal('SEEN', { fields }), given, rules);
}

export function emitOfSignal(
  signal: AnySignal,
  given: unknown,
  rules: ValueRules = RULES,
  message?: unknown,
): { readonly snapshot: Snapshot; readonly counts: Partial<ValueCounts> } {
  const counts = noCounts();
  const snapshot = takeSnapshot(
    compileSchema(signal),
    signal.severity,
    message,
    given as object,
    rules,
    counts,
  );
  return { snapshot, counts: counted(counts) };
}

/** Text that every exporter can carry: bounded, and no half of a surrogate pair in it. */
export function expectCarriableText(text: unknown, limit: number): void {
  expect(text).toBeTypeOf('string');
  expect((text as string).length).toBeLessThanOrEqual(limit);
  expect(() => encodeURIComponent(text as string)).not.toThrow();
}
