import type { Field, RedactionPolicy } from '../signal/field.js';
import type { AnySignal } from '../signal/signal.js';

/** One field, with what is asked of it on each emit worked out beforehand. */
export interface CompiledField {
  readonly name: string;
  readonly key: string;
  readonly field: Field<unknown>;
  readonly sensitive: boolean;
  /** What leaves in its place, where that is not `[redacted]`. */
  readonly policy?: RedactionPolicy | undefined;
  readonly metricsOnly: boolean;
  /** Its text is the very one that the app gave. */
  readonly ofTheApp: boolean;
  /** It leaves in seconds: it is given in milliseconds. */
  readonly inSeconds: boolean;
  /** Every object has something of that name (`constructor`, `toString`): it counts where it is the object's own. */
  readonly inherited: boolean;
}

/** Fields in declared order. */
export interface FieldSet {
  readonly fields: readonly CompiledField[];
  readonly indexes: ReadonlyMap<string, number>;
}

/** A signal's fields in declared order; behind them those that are bound. */
export interface Schema extends FieldSet {
  readonly signal: AnySignal;
  /** Indexes of the bound fields that are labels of the signal's metrics. */
  readonly labels: readonly number[] | undefined;
}

// All other texts were made for it: those of an enum, of a time, of JSON, of a described error.
const OF_THE_APP: ReadonlySet<unknown> = new Set(['string', 'id', 'text']);

export function compileSchema(signal: AnySignal): Schema {
  const fields = Object.entries(signal.fields).map(([name, field]) => compiledField(name, field));
  return { signal, fields, indexes: indexesOf(fields), labels: undefined };
}

export function indexesOf(fields: readonly CompiledField[]): ReadonlyMap<string, number> {
  return new Map(fields.map((f, i) => [f.name, i]));
}

// Many signals have some fields in common: what is known of those is in memory, and in the processor's caches, once.
const compiled = new WeakMap<Field<unknown>, CompiledField>();

function compiledField(name: string, field: Field<unknown>): CompiledField {
  const found = compiled.get(field);
  // One that was made by hand may have changed since.
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
    // Of a signal that was made by hand, whatever is not plainly false: a doubt must not show the value.
    sensitive: Boolean(field.sensitive),
    policy: typeof field.sensitive === 'function' ? field.sensitive : undefined,
    metricsOnly: field.metricsOnly === true,
    ofTheApp,
    inSeconds: field.kind === 'duration',
    inherited: name in Object.prototype,
  };
}
