import type { Field, RedactionPolicy } from '../signal/field.js';
import type { AnySignal } from '../signal/signal.js';

/** One field, with the properties that each emit needs computed beforehand. */
export interface CompiledField {
  readonly name: string;
  readonly key: string;
  readonly field: Field<unknown>;
  readonly sensitive: boolean;
  /** The policy of a sensitive field that has one; without one its value leaves as `[redacted]`. */
  readonly policy?: RedactionPolicy | undefined;
  readonly metricsOnly: boolean;
  /** Its clean text may be the app's own string, not a copy. */
  readonly ofTheApp: boolean;
  /** The app gives milliseconds; the attribute is in seconds. */
  readonly inSeconds: boolean;
  /** Every object inherits a property of this name (`constructor`, `toString`): only an own property counts. */
  readonly inherited: boolean;
}

/** Fields in declared order. */
export interface FieldSet {
  readonly fields: readonly CompiledField[];
  readonly indexes: ReadonlyMap<string, number>;
}

/** The index of a signal's own field, and the index of the bound field that it replaces. */
export type Overlap = readonly [own: number, bound: number];

/** A signal's fields in declared order, followed by the bound fields. */
export interface Schema extends FieldSet {
  readonly signal: AnySignal;
  /** Indexes of the bound fields that are labels of the signal's metrics. */
  readonly labels: readonly number[] | undefined;
  /** Undefined without bound fields, and for plain level records, whose fields differ from record to record. */
  readonly overlaps: readonly Overlap[] | undefined;
}

// The other kinds get new texts: those of an enum, a time, JSON or a described error.
const OF_THE_APP: ReadonlySet<unknown> = new Set(['string', 'id', 'text']);

export function compileSchema(signal: AnySignal): Schema {
  const fields = Object.entries(signal.fields).map(([name, field]) => compiledField(name, field));
  return { signal, fields, indexes: indexesOf(fields), labels: undefined, overlaps: undefined };
}

export function indexesOf(fields: readonly CompiledField[]): ReadonlyMap<string, number> {
  return new Map(fields.map((f, i) => [f.name, i]));
}

// Many signals share fields: one compiled field for all saves memory and stays in the processor's caches.
const compiled = new WeakMap<Field<unknown>, CompiledField>();

function compiledField(name: string, field: Field<unknown>): CompiledField {
  const found = compiled.get(field);
  // A field that is not frozen was not made by `field` and may have changed.
  if (found?.name === name && Object.isFrozen(field)) return found;
  const made = compileField(name, field, OF_THE_APP.has(field.kind));
  compiled.set(field, made);
  return made;
}

export function compileField(name: string, field: Field<unknown>, ofTheApp: boolean): CompiledField {
  return {
    name,
    key: field.attribute ?? name,
    field,
    // A signal made without defineSignal may hold any value here. Everything truthy counts as sensitive.
    sensitive: Boolean(field.sensitive),
    policy: typeof field.sensitive === 'function' ? field.sensitive : undefined,
    metricsOnly: field.metricsOnly === true,
    ofTheApp,
    inSeconds: field.kind === 'duration',
    inherited: name in Object.prototype,
  };
}
