import type { Severity } from '../signal/severity.js';
import { severityNumbers } from '../signal/severity.js';
import type { AnySignal, MessageValues } from '../signal/signal.js';
import type { Emission, Leaving, LeavingValues } from './emission.js';
import type { DescribedError } from './error.js';
import { describeError, inBrief, isDescribed, isError } from './error.js';
import type { RevealKey } from './redact.js';
import { REDACTED, revealedNames } from './redact.js';
import type { CompiledField, Schema } from './schema.js';
import { cut, UNSERIALIZABLE } from './text.js';
import type { Clean, ValueCounts, ValueRules } from './value.js';
import { cleanOpen, cleanValue, readGuarded, UNREADABLE } from './value.js';

const OPEN_FIELDS = 64;

/** Where an emission happened. */
export interface Place {
  readonly timeMillis: number;
  readonly traceId?: string | undefined;
  readonly spanId?: string | undefined;
}

/** The values of one emit, read once: every view of the emission comes from here. */
export class Snapshot {
  readonly schema: Schema;
  readonly severity: Severity;
  readonly clean: readonly Clean[];
  readonly #raw: readonly unknown[];
  readonly #rules: ValueRules;
  readonly #givenMessage: string | undefined;
  #message: string | undefined;
  #attributes: LeavingValues | undefined;
  #emissions: Map<RevealKey, Emission> | undefined;

  constructor(
    schema: Schema,
    severity: Severity,
    message: string | undefined,
    clean: readonly Clean[],
    raw: readonly unknown[],
    rules: ValueRules,
  ) {
    this.schema = schema;
    this.severity = severity;
    this.#givenMessage = message;
    this.clean = clean;
    this.#raw = raw;
    this.#rules = rules;
  }

  /** The message: as given, or the signal's own of the redacted values. */
  message(): string {
    if (this.#message !== undefined) return this.#message;
    const own = this.schema.signal.message;
    let text = this.#givenMessage;
    if (text === undefined && typeof own === 'string') text = own;
    if (text === undefined && typeof own === 'function') {
      try {
        text = own(this.fields('') as MessageValues);
      } catch (error) {
        const { name } = this.schema.signal;
        this.#rules.report?.(`message:${name}`, `the message function of '${name}' threw`, error);
      }
    }
    this.#message = cut(typeof text === 'string' ? text : this.schema.signal.name, this.#rules.stringLength);
    return this.#message;
  }

  /** By attribute keys, in the units of the wire. The view without revealed fields is made once and shared: never change it. */
  attributes(reveal: RevealKey): LeavingValues {
    if (reveal !== '') return this.#attributesFor(revealedNames(reveal));
    this.#attributes ??= this.#attributesFor([]);
    return this.#attributes;
  }

  #attributesFor(revealed: readonly string[]): LeavingValues {
    const view: Record<string, Leaving> = {};
    const fields = this.schema.fields;
    let told = false;
    for (let i = 0; i < fields.length; i++) {
      const value = this.clean[i];
      const field = fields[i] as CompiledField;
      if (value === undefined || field.metricsOnly) continue;
      const shown = !field.sensitive || revealed.includes(field.name);
      // The convention has room for one error. Plain level records may have more: those are told under their own names.
      if (!told && isDescribed(value)) {
        addError(view, value, field.field.detail === 'full', shown);
        told = true;
      } else if (!shown) view[field.key] = REDACTED;
      else if (isDescribed(value)) view[field.key] = cut(inBrief(value), this.#rules.stringLength);
      else view[field.key] = field.field.kind === 'duration' ? seconds(value) : (value as Leaving);
    }
    return view;
  }

  /** By names in code, in the units of the code. */
  fields(reveal: RevealKey): LeavingValues {
    const revealed = revealedNames(reveal);
    const view: Record<string, Leaving> = {};
    this.schema.fields.forEach((field, i) => {
      const value = this.clean[i];
      if (value === undefined || field.metricsOnly) return;
      const shown = !field.sensitive || revealed.includes(field.name);
      view[field.name] = !shown ? REDACTED : isDescribed(value) ? value.message : (value as Leaving);
    });
    return Object.freeze(view);
  }

  /** The errors that {@link fields} has as messages, where there are any. Without a prototype: names are the app's. */
  errors(reveal: RevealKey): Emission['errors'] {
    let view: Record<string, DescribedError> | undefined;
    this.schema.fields.forEach(({ name, sensitive, metricsOnly }, i) => {
      const value = this.clean[i];
      if (!isDescribed(value) || metricsOnly || (sensitive && !revealedNames(reveal).includes(name))) return;
      view ??= Object.create(null) as Record<string, DescribedError>;
      view[name] = value;
    });
    return view && Object.freeze(view);
  }

  /** The values as a route's predicate sees them: as they were given, but checked. */
  values(): Readonly<Record<string, unknown>> {
    const view: Record<string, unknown> = {};
    this.schema.fields.forEach((field, i) => {
      const raw = this.#raw[i];
      if (this.clean[i] !== undefined && raw !== UNREADABLE) view[field.name] = raw;
    });
    return Object.freeze(view);
  }

  /** What a sink sees: one frozen object for all sinks that may see the same. */
  emission(reveal: RevealKey, place: Place): Emission {
    this.#emissions ??= new Map();
    let emission = this.#emissions.get(reveal);
    if (!emission) {
      const signal: AnySignal = this.schema.signal;
      const errors = this.errors(reveal);
      emission = Object.freeze({
        signal: signal.name,
        event: signal.event,
        severity: this.severity,
        severityNumber: severityNumbers[this.severity],
        message: this.message(),
        timeMillis: place.timeMillis,
        fields: this.fields(reveal),
        ...(errors && { errors }),
        attributes: Object.freeze(this.attributes(reveal)),
        traceId: place.traceId,
        spanId: place.spanId,
        definition: signal,
      });
      this.#emissions.set(reveal, emission);
    }
    return emission;
  }
}

function seconds(value: Clean): Leaving {
  return typeof value === 'number' ? value / 1000 : (value as Leaving);
}

function addError(view: Record<string, Leaving>, error: DescribedError, full: boolean, shown: boolean): void {
  view['error.type'] = error.type;
  if (!full) return;
  view['exception.type'] = error.type;
  view['exception.message'] = shown ? error.message : REDACTED;
  if (shown && error.stack !== undefined) view['exception.stacktrace'] = error.stack;
}

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
): Snapshot {
  if (schema.signal.open) return takeOpen(schema, severity, message, given, rules, counts);
  const fields = schema.fields;
  const values = objectOf(given, counts);
  const raw: unknown[] = new Array(fields.length);
  const clean: Clean[] = new Array(fields.length);
  for (let i = 0; i < fields.length; i++) {
    const field = fields[i] as CompiledField;
    const value = values && readGuarded(values, field.name, counts);
    raw[i] = value;
    clean[i] = cleanValue(field.field, value, rules, counts);
  }
  if (values) countUndeclared(values, schema, counts);
  if (message !== undefined && typeof message !== 'string') counts.wrongType++;
  const text = typeof message === 'string' ? message : undefined;
  return new Snapshot(schema, severity, text, clean, raw, rules);
}

function objectOf(given: unknown, counts: ValueCounts): object | undefined {
  if (typeof given === 'object' && given !== null && !isList(given)) return given;
  if (given !== undefined && given !== null) counts.wrongType++;
  return undefined;
}

// Its names are its indexes, and there may be millions: they are not listed.
function isList(given: object): boolean {
  try {
    return ArrayBuffer.isView(given) || Array.isArray(given);
  } catch {
    return false;
  }
}

function countUndeclared(given: object, schema: Schema, counts: ValueCounts): void {
  try {
    let i = 0;
    // Mostly they are given in declared order: then no look-up is needed.
    for (const key in given)
      if (schema.fields[i++]?.name !== key && !schema.indexes.has(key)) counts.undeclared++;
  } catch {
    counts.unserializable++;
  }
}

function takeOpen(
  schema: Schema,
  severity: Severity,
  message: unknown,
  given: object | null | undefined,
  rules: ValueRules,
  counts: ValueCounts,
): Snapshot {
  const fields: CompiledField[] = [];
  const clean: Clean[] = [];
  const raw: unknown[] = [];
  const add = (name: string, value: unknown, cleaned: Clean): void => {
    const key = cut(name, rules.stringLength);
    const field = { kind: 'string', detail: 'full' } as const;
    fields.push({ name: key, key, field, sensitive: false, metricsOnly: false });
    raw.push(value);
    clean.push(cleaned);
  };
  // JavaScript and a caught `any` bring `box.error(err)` and `box.error('failed', err)`: the error must not be lost.
  const thrown = isError(message) ? describeError(message, rules.stringLength, rules.redactError) : undefined;
  if (thrown) add('error', message, thrown);
  else if (typeof message !== 'string') counts.wrongType++;
  const values = isError(given) ? { error: given } : (objectOf(given, counts) ?? {});
  try {
    for (const name of Object.keys(values)) {
      // As a key of a plain object it would set the prototype.
      if (name === '__proto__') {
        counts.undeclared++;
        continue;
      }
      if (fields.length === OPEN_FIELDS) {
        counts.truncated++;
        break;
      }
      const value = readGuarded(values, name, counts);
      if (thrown && value === message && name === 'error') continue;
      const cleaned = value === UNREADABLE ? UNSERIALIZABLE : cleanOpen(value, rules, counts);
      if (!thrown || name !== 'error') add(name, value, cleaned);
      else if (cleaned !== undefined) {
        // The fields have an error of their own: of the other one only its message leaves.
        counts.wrongType++;
        raw[0] = value;
        clean[0] = cleaned;
      }
    }
  } catch {
    counts.unserializable++;
  }
  const own = { signal: schema.signal, fields, indexes: new Map<string, number>() };
  const text = thrown ? thrown.message : typeof message === 'string' ? message : undefined;
  return new Snapshot(own, severity, text, clean, raw, rules);
}
