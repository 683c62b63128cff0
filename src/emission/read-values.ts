import type { Severity } from '../signal/severity.js';
import type { Bound } from './bound.js';
import type { CompiledField, FieldSet, Schema } from './compiled-signal.js';
import { objectOf, readOpen } from './level-record.js';
import { Snapshot } from './snapshot.js';
import type { Clean, ValueCounts, ValueRules } from './value.js';
import { cleanValue, readGuarded, readOwn } from './value.js';

/**
 * Reads and checks the values of one emit. Never throws. Counts a message that is not a string. For a plain level record the message, or the
 * values, may be an error, which becomes the field `error` of the record.
 */
export function takeSnapshot(
  schema: Schema,
  severity: Severity,
  message: unknown,
  given: object | null | undefined,
  rules: ValueRules,
  counts: ValueCounts,
  bound?: Bound,
): Snapshot {
  if (schema.signal.open) {
    const { fields, clean, raw, text } = readOpen(message, given, rules, counts);
    bound?.addToRecord(fields, clean, raw);
    const own = { signal: schema.signal, fields, indexes: NONE, labels: undefined, overlaps: undefined };
    return new Snapshot(own, severity, text, clean, raw, rules, bound);
  }
  const over = bound?.shape.over(schema);
  const whole = over ?? schema;
  const clean: Clean[] = new Array(whole.fields.length);
  let raw = readValues(schema, objectOf(given, counts), rules, counts, clean);
  if (bound && over) raw = bound.fill(over, clean, raw);
  if (message !== undefined && typeof message !== 'string') counts.wrongType++;
  const text = typeof message === 'string' ? message : undefined;
  return new Snapshot(whole, severity, text, clean, raw, rules, bound);
}

const NONE: ReadonlyMap<string, number> = new Map();

/** Fills `clean`. Returns the raw values if any of them differs from its cleaned value. */
export function readValues(
  schema: FieldSet,
  values: object | undefined,
  rules: ValueRules,
  counts: ValueCounts,
  clean: Clean[],
): unknown[] | undefined {
  const { fields } = schema;
  let raw: unknown[] | undefined;
  let i = 0;
  let inOrder = true;
  try {
    // Most emits give all fields in declared order. This loop then needs no lookup by name and no search for undeclared fields.
    for (const name in values) {
      const field = fields[i];
      inOrder = field !== undefined && field.name === name && !field.inherited;
      if (!inOrder) break;
      const value = readGuarded(values, name, counts);
      const cleaned = cleanValue((field as CompiledField).field, value, rules, counts);
      if (cleaned !== value) raw ??= clean.slice(0, i);
      if (raw) raw[i] = value;
      clean[i] = cleaned;
      i++;
    }
  } catch {
    // A proxy may refuse to list its names.
    counts.unserializable++;
  }
  for (; i < fields.length; i++) {
    const field = fields[i] as CompiledField;
    const read = field.inherited ? readOwn : readGuarded;
    const value = values && read(values, field.name, counts);
    const cleaned = cleanValue(field.field, value, rules, counts);
    if (cleaned !== value) raw ??= clean.slice(0, i);
    if (raw) raw[i] = value;
    clean[i] = cleaned;
  }
  if (!inOrder) countUndeclared(values as object, schema, counts);
  return raw;
}

function countUndeclared(given: object, schema: FieldSet, counts: ValueCounts): void {
  try {
    for (const key in given) if (!schema.indexes.has(key)) counts.undeclared++;
  } catch {
    counts.unserializable++;
  }
}
