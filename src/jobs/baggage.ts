import type { Attributes, Context } from '@opentelemetry/api';
import type { Bound, Core } from '../box/core.js';
import type { Leaving } from '../emission/emission.js';
import type { BoundFields } from '../signal/bound-fields.js';
import { bound, isBoundFields } from '../signal/bound-fields.js';
import type { Field } from '../signal/field.js';
import { optional } from '../signal/field.js';
import { SignalboxError, shown } from '../signal/signalbox-error.js';
import { BAGGAGE_KEY, valueIn } from '../telemetry/context.js';
import { OF_JOB } from './current-box.js';
import * as enqueueSignals from './enqueue-signals.js';
import * as jobSignals from './job-signals.js';

/** The keys of baggage that jobs tell: as they are, or declared by `bound` of signalbox, each under its attribute key. */
export type BaggageOption = readonly string[] | BoundFields<never>;

/** What is told of the baggage of one job. */
export interface Carried {
  readonly bound: Bound;
  /** For spans: redacted. */
  readonly attributes: Attributes;
}

type Entries = { getEntry(key: string): { readonly value: unknown } | undefined };

/** Entries of baggage are texts. */
const KINDS: readonly string[] = ['string', 'id', 'text', 'enum'];

/** What signals of jobs have of their own, and what `current()` binds. */
const TAKEN: ReadonlySet<string> = new Set(
  [...Object.values(enqueueSignals), ...Object.values(jobSignals), OF_JOB].flatMap(({ fields }) =>
    Object.keys(fields),
  ),
);

/** The entries of baggage that jobs of a queue tell. */
export class BaggageFields {
  readonly #core: Core;
  /** Where they are declared. */
  readonly #declared: BoundFields<object> | undefined;
  /** The keys by the names of the fields. */
  readonly #keys: readonly (readonly [name: string, key: string])[];
  readonly #carried = new WeakMap<object, Carried>();
  readonly #says = new WeakMap<ReadonlySet<string>, ReadonlySet<string>>();

  /** Throws a {@link SignalboxError} for what is none of an allow-list. */
  constructor(core: Core, where: string, given: BaggageOption) {
    this.#core = core;
    if (isBoundFields(given)) {
      const fields = Object.entries(given.fields);
      for (const [name, { kind }] of fields)
        if (!KINDS.includes(kind))
          throw new SignalboxError(
            `${where}: the field '${name}' of \`baggage\` is of kind ${kind}, and an entry of baggage is text. Use field.string, id, text or oneOf.`,
          );
      // Not every job has them.
      this.#declared = bound(
        Object.fromEntries(fields.map(([name, field]) => [name, optional(field as Field<unknown>)])),
        { labels: given.labels as never },
      );
      this.#keys = fields.map(([name, { attribute = name }]) => [name, attribute]);
    } else {
      this.#declared = undefined;
      this.#keys = listed(where, given).map((key) => [key, key]);
    }
    // On spans it would be there, on records lost, and for sinks there is one of a name.
    for (const [name, key] of this.#keys)
      if (TAKEN.has(name))
        throw new SignalboxError(
          `${where}: \`baggage\` names '${name}', which is a field of the signals of jobs. Declare it by \`bound\` under another name, as in bound({ own_${name}: field.string({ attribute: '${key}' }) }).`,
        );
  }

  /** What is told of the baggage in a context; nothing where that has none of the keys. */
  of(context: Context): Carried | undefined {
    const baggage = valueIn(context, BAGGAGE_KEY);
    if (typeof baggage !== 'object' || baggage === null) return undefined;
    const known = this.#carried.get(baggage);
    if (known) return known;
    const values = this.#read(baggage as Entries);
    const fields = values && this.#core.bind(this.#declared?.of(values) ?? values);
    if (!fields) return undefined;
    const carried = { bound: fields, attributes: attributesOf(fields) };
    this.#carried.set(baggage, carried);
    return carried;
  }

  /** What a span says of its job, with these. */
  said(says: ReadonlySet<string>): ReadonlySet<string> {
    let found = this.#says.get(says);
    if (!found) {
      found = new Set([...says, ...this.#keys.map(([, key]) => key)]);
      this.#says.set(says, found);
    }
    return found;
  }

  #read(baggage: Entries): Record<string, string> | undefined {
    let values: Record<string, string> | undefined;
    for (const [name, key] of this.#keys) {
      const value = entryOf(baggage, key);
      if (typeof value !== 'string' || value === '') continue;
      values ??= {};
      values[name] = value;
    }
    return values;
  }
}

/** The attributes that the jobs of a batch, which share a span, have in common. */
export function inCommon(carried: readonly (Carried | null)[]): Attributes {
  const [first] = carried;
  const all = Object.entries(first?.attributes ?? {});
  return Object.fromEntries(all.filter(([key, value]) => carried.every((c) => c?.attributes[key] === value)));
}

function listed(where: string, given: unknown): readonly string[] {
  const isKey = (key: unknown): boolean => typeof key === 'string' && key !== '' && key !== '__proto__';
  if (Array.isArray(given) && given.every(isKey)) return [...given];
  throw new SignalboxError(
    `${where}: \`baggage\` is ${shown(given)}. Give a list of keys, as in ['tenant.id'], or what bound() returns.`,
  );
}

// Whatever is in its place in the context is the app's.
function entryOf(baggage: Entries, key: string): unknown {
  try {
    return baggage.getEntry(key)?.value;
  } catch {
    return undefined;
  }
}

function attributesOf(fields: Bound): Attributes {
  const attributes: Record<string, Leaving> = {};
  fields.shape.fields.forEach(({ key, sensitive, metricsOnly }, i) => {
    const value = fields.clean[i];
    if (value === undefined || metricsOnly) return;
    const left = sensitive ? fields.form(i) : (value as Leaving);
    if (left !== undefined) attributes[key] = left;
  });
  return attributes as Attributes;
}
