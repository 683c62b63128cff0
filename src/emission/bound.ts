import type { CompiledField, FieldSet, Overlap, Schema } from './compiled-signal.js';
import { indexesOf } from './compiled-signal.js';
import { isDescribed } from './describe-error.js';
import type { Leaving } from './emission.js';
import { redactedForm } from './redacted-form.js';
import { seconds } from './seconds.js';
import type { Clean, ValueRules } from './value.js';
import { weightOfValue } from './weight.js';

/** A signal's fields, followed by bound fields. */
export interface BoundSchema extends Schema {
  readonly overlaps: readonly Overlap[];
}

/** Bound fields without their values. An app binds a box for each request: what depends on the fields alone is computed once. */
export class BoundShape implements FieldSet {
  readonly fields: readonly CompiledField[];
  readonly indexes: ReadonlyMap<string, number>;
  readonly #labels: ReadonlySet<string>;
  readonly #over = new WeakMap<Schema, BoundSchema>();
  readonly #and = new WeakMap<BoundShape, BoundShape>();
  #last: BoundSchema | undefined;
  #lastOf: Schema | undefined;

  constructor(fields: readonly CompiledField[], labels: ReadonlySet<string>) {
    this.fields = fields;
    this.indexes = indexesOf(fields);
    this.#labels = labels;
  }

  /** The signal's fields, followed by these bound fields. */
  over(schema: Schema): BoundSchema {
    // Most calls ask for the same signal as the call before.
    if (this.#last !== undefined && this.#lastOf === schema) return this.#last;
    let found = this.#over.get(schema);
    if (!found) {
      const own = schema.fields.length;
      const fields = [...schema.fields, ...this.fields];
      const labels = this.fields.flatMap(({ name }, i) => (this.#labels.has(name) ? [own + i] : []));
      const overlaps = this.fields.flatMap((bound, b) =>
        schema.fields.flatMap((field, o): Overlap[] => (isSame(field, bound) ? [[o, b]] : [])),
      );
      const { signal, indexes } = schema;
      found = { signal, fields, indexes, labels: labels.length > 0 ? labels : undefined, overlaps };
      this.#over.set(schema, found);
    }
    this.#last = found;
    this.#lastOf = schema;
    return found;
  }

  /** These fields with others that were bound later. A later field replaces an earlier one. */
  and(later: BoundShape): BoundShape {
    let found = this.#and.get(later);
    if (!found) {
      const kept = this.fields.filter((field) => !later.fields.some((other) => isSame(other, field)));
      const fields = [...kept, ...later.fields];
      const isEqual = fields.length === this.fields.length && fields.every((f, i) => f === this.fields[i]);
      const labels = new Set([
        ...kept.map(({ name }) => name).filter((name) => this.#labels.has(name)),
        ...later.#labels,
      ]);
      found = kept.length === 0 ? later : isEqual ? this : new BoundShape(fields, labels);
      this.#and.set(later, found);
    }
    return found;
  }
}

// The attribute keys of an error, whatever its field is called.
const OF_ERRORS: ReadonlySet<string> = new Set([
  'error.type',
  'exception.type',
  'exception.message',
  'exception.stacktrace',
]);

/** Whether `one` (a field of a signal, of a record, or one bound later) replaces the bound field `other`. */
function isSame(one: CompiledField, other: CompiledField): boolean {
  if (one.name === other.name) return true;
  if (one.field.kind === 'error' && OF_ERRORS.has(other.key)) return true;
  return one.key === other.key && !one.metricsOnly && !other.metricsOnly;
}

/** Bound fields with their values. Each value has been read and checked once. */
export class Bound {
  readonly shape: BoundShape;
  readonly clean: readonly Clean[];
  readonly #raw: readonly unknown[];
  readonly #rules: ValueRules;
  /** Whether a cleaned value differs from the value that the app gave. */
  readonly #isRaw: boolean;
  #forms: (Leaving | undefined)[] | undefined;
  #left: (Leaving | undefined)[] | undefined;
  #weight: number | undefined;
  #under: Bound | undefined;
  #whole: Bound | undefined;

  constructor(shape: BoundShape, clean: readonly Clean[], raw: readonly unknown[], rules: ValueRules) {
    this.shape = shape;
    this.clean = clean;
    this.#rules = rules;
    this.#isRaw = raw.some((value, i) => value !== clean[i]);
    // Where both texts are equal, the copy is kept: the app's text may be a slice that keeps a larger one alive.
    this.#raw = this.#isRaw ? raw.map((value, i) => (value === clean[i] ? clean[i] : value)) : clean;
  }

  /** These values with others that were bound earlier. */
  over(under: Bound | undefined): Bound {
    if (under === undefined || under === this) return this;
    // Most calls pass the values that the box itself was made with.
    if (this.#under !== under || this.#whole === undefined) {
      const shape = under.shape.and(this.shape);
      // No value of `under` remains. A reference to it would keep alive the whole chain that it was bound over.
      if (shape === this.shape) return this;
      const kept = shape.fields.length - this.shape.fields.length;
      const at = shape.fields.slice(0, kept).map((field) => under.shape.fields.indexOf(field));
      const clean = [...at.map((i) => under.clean[i]), ...this.clean];
      const raw = [...at.map((i) => under.#raw[i]), ...this.#raw];
      this.#whole = new Bound(shape, clean, raw, this.#rules);
      // Assigned last, because the lines above may run out of stack.
      this.#under = under;
    }
    return this.#whole;
  }

  /**
   * Appends the bound values to those of a signal. A bound value stays undefined where the signal has its own. Returns the raw values if any
   * of them differs from its cleaned value.
   */
  fill({ overlaps }: BoundSchema, clean: Clean[], raw: unknown[] | undefined): unknown[] | undefined {
    const bound = this.clean;
    const own = clean.length - bound.length;
    for (let i = 0; i < bound.length; i++) clean[own + i] = bound[i];
    const given = raw ?? (this.#isRaw ? clean.slice(0, own) : undefined);
    if (given) for (let i = 0; i < bound.length; i++) given[own + i] = this.#raw[i];
    if (overlaps.length > 0)
      for (const [o, b] of overlaps) if (clean[o] !== undefined) clean[own + b] = undefined;
    return given;
  }

  /** Appends the bound values to those of a plain level record. A bound value stays undefined where the record has its own. */
  addToRecord(fields: CompiledField[], clean: Clean[], raw: unknown[]): void {
    const own = fields.length;
    this.shape.fields.forEach((field, i) => {
      let value = this.clean[i];
      for (let o = 0; o < own; o++)
        if (clean[o] !== undefined && isSame(fields[o] as CompiledField, field)) value = undefined;
        else if (isDescribed(clean[o]) && OF_ERRORS.has(field.key)) value = undefined;
      fields.push(field);
      clean.push(value);
      raw.push(this.#raw[i]);
    });
  }

  /** Adds the bound attributes to a view that reveals nothing. The signal has no field that replaces one. */
  addTo(view: Record<string, Leaving>): void {
    const { fields } = this.shape;
    this.#left ??= fields.map((field, i) => (field.metricsOnly ? undefined : this.#leaving(field, i)));
    for (let i = 0; i < fields.length; i++) {
      const left = this.#left[i];
      if (left !== undefined) view[(fields[i] as CompiledField).key] = left;
    }
  }

  #leaving({ sensitive, inSeconds }: CompiledField, index: number): Leaving | undefined {
    if (sensitive) return this.form(index);
    // The cast holds: a bound value is never a described error.
    const value = this.clean[index] as Leaving | undefined;
    return typeof value === 'number' && inSeconds ? seconds(value) : value;
  }

  /** The approximate memory of the texts. */
  get weight(): number {
    this.#weight ??= this.clean.reduce((sum: number, value) => sum + weightOfValue(value), 0);
    return this.#weight;
  }

  /** The redacted form of a sensitive value. */
  form(index: number): Leaving | undefined {
    if (this.clean[index] === undefined) return undefined;
    this.#forms ??= [];
    if (!(index in this.#forms))
      this.#forms[index] = redactedForm(
        this.shape.fields[index] as CompiledField,
        this.clean[index],
        this.#rules,
      );
    return this.#forms[index];
  }
}
