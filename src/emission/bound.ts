import type { CompiledField, FieldSet, Schema } from './compiled-signal.js';
import { indexesOf } from './compiled-signal.js';
import { isDescribed } from './describe-error.js';
import type { Leaving } from './emission.js';
import { redactedForm } from './redacted-form.js';
import { seconds } from './seconds.js';
import type { Clean, ValueRules } from './value.js';
import { weightOfValue } from './weight.js';

/** The index of a signal's own field, and of the bound one that it stands for. */
type Overlap = readonly [own: number, bound: number];

/** A signal's fields with bound ones behind them. */
export interface BoundSchema extends Schema {
  readonly overlaps: readonly Overlap[];
}

/** Which fields are bound, without their values: a box is bound anew for each request, and what follows from the fields is worked out once. */
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

  /** A signal's fields, with these behind them. */
  over(schema: Schema): BoundSchema {
    // Mostly it is the one of before.
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

  /** These with others that come later, and win. */
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

// What an error leaves under, whatever its field is called.
const OF_ERRORS: ReadonlySet<string> = new Set([
  'error.type',
  'exception.type',
  'exception.message',
  'exception.stacktrace',
]);

/** Whether a field of a signal or a record, or one that is bound later, stands for one that is bound. */
function isSame(one: CompiledField, other: CompiledField): boolean {
  if (one.name === other.name) return true;
  if (one.field.kind === 'error' && OF_ERRORS.has(other.key)) return true;
  return one.key === other.key && !one.metricsOnly && !other.metricsOnly;
}

/** Bound fields with their values, read and checked once. */
export class Bound {
  readonly shape: BoundShape;
  readonly clean: readonly Clean[];
  readonly #raw: readonly unknown[];
  readonly #rules: ValueRules;
  /** A value is not what it was cleaned to. */
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
    // Of equal texts the copy: the app's own may be a part of a larger one.
    this.#raw = this.#isRaw ? raw.map((value, i) => (value === clean[i] ? clean[i] : value)) : clean;
  }

  /** These over others that were bound before. */
  over(under: Bound | undefined): Bound {
    if (under === undefined || under === this) return this;
    // Mostly it is the box's own.
    if (this.#under !== under || this.#whole === undefined) {
      const shape = under.shape.and(this.shape);
      // Nothing of the other is left: kept, it would keep the one below it, and so on.
      if (shape === this.shape) return this;
      const kept = shape.fields.length - this.shape.fields.length;
      const at = shape.fields.slice(0, kept).map((field) => under.shape.fields.indexOf(field));
      const clean = [...at.map((i) => under.clean[i]), ...this.clean];
      const raw = [...at.map((i) => under.#raw[i]), ...this.#raw];
      this.#whole = new Bound(shape, clean, raw, this.#rules);
      // Last: there may be no stack left for what is above.
      this.#under = under;
    }
    return this.#whole;
  }

  /** Puts the values behind those of a signal, where that has none of its own; gives the raw ones, where they are needed. */
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

  /** Puts them behind the values of a plain level record, where that has none of its own. */
  addTo(fields: CompiledField[], clean: Clean[], raw: unknown[]): void {
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

  /** Adds what leaves of them to a view by attribute keys, but what the signal has itself: behind `own` values of its own. */
  addAttributes(
    view: Record<string, Leaving>,
    clean: readonly Clean[],
    own: number,
    revealed: ReadonlySet<string>,
  ): void {
    const { fields } = this.shape;
    this.#left ??= fields.map((field, i) => (field.sensitive ? this.form(i) : this.#onWire(i)));
    for (let i = 0; i < fields.length; i++) {
      const field = fields[i] as CompiledField;
      if (clean[own + i] === undefined || field.metricsOnly) continue;
      const left = field.sensitive && revealed.has(field.name) ? this.#onWire(i) : this.#left[i];
      if (left !== undefined) view[field.key] = left;
    }
  }

  // It is never an error.
  #onWire(index: number): Leaving | undefined {
    const value = this.clean[index] as Leaving | undefined;
    return typeof value === 'number' && this.shape.fields[index]?.inSeconds ? seconds(value) : value;
  }

  /** The memory of their texts, roughly. */
  get weight(): number {
    this.#weight ??= this.clean.reduce((sum: number, value) => sum + weightOfValue(value), 0);
    return this.#weight;
  }

  /** What leaves of a sensitive one that is not shown. */
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
