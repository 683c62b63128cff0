import type { Severity } from '../signal/severity.js';
import type { Bound } from './bound.js';
import type { CompiledField, FieldSet, Schema } from './compiled-signal.js';
import { objectOf, readOpen } from './level-record.js';
import { Snapshot } from './snapshot.js';
import type { Clean, ValueCounts, ValueRules } from './value.js';
import { cleanValue, readGuarded, readOwn } from './value.js';

/**
 * Reads and checks the values of one emit. Never throws. A message that is no text is counted; of a plain level record it may be an
 * error, as may the values: it is then the record's `error`.
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
    bound?.addTo(fields, clean, raw);
    const own = { signal: schema.signal, fields, indexes: NONE, labels: undefined };
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

/** Fills `clean`. Gives the values as they are, where one of them is not what it was cleaned to. */
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
    // Mostly all are there, in declared order: read so, nothing is looked up by its name, and nothing undeclared looked for.
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
    // A proxy that does not list its names.
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
