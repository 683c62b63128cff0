import type { Severity } from '../signal/severity.js';
import { severityNumbers } from '../signal/severity.js';
import type { AnySignal, MessageValues } from '../signal/signal.js';
import type { Bound } from './bound.js';
import type { CompiledField, Schema } from './compiled-signal.js';
import type { DescribedError } from './describe-error.js';
import { inBrief, isDescribed } from './describe-error.js';
import type { Emission, Leaving, LeavingValues } from './emission.js';
import { enumerated } from './enumerated.js';
import { rewrite } from './redact-text.js';
import { redactedForm, redactedText } from './redacted-form.js';
import type { RevealKey } from './reveal.js';
import { isShown, NOTHING_REVEALED, revealedNames } from './reveal.js';
import { seconds } from './seconds.js';
import { swallow } from './swallow.js';
import { cut, owned, wellFormed } from './text.js';
import type { Clean, ValueRules } from './value.js';
import { UNREADABLE } from './value.js';
import { weightOfValue } from './weight.js';
import { isCarriable } from './wire-range.js';

/** The approximate bytes of a queued record without its values, and of each value without its text. */
const WAITING = 200;
const FIELD = 48;

/** Where an emission happened. */
export interface Place {
  readonly timestamp: number;
  readonly traceId?: string | undefined;
  readonly spanId?: string | undefined;
}

/** The values of one emit, read once. Every view of the emission is made from them. */
export class Snapshot {
  readonly schema: Schema;
  readonly severity: Severity;
  readonly #clean: Clean[];
  /** The values as the app gave them. Undefined if none differs from its cleaned value. */
  readonly #raw: readonly unknown[] | undefined;
  readonly #rules: ValueRules;
  readonly #bound: Bound | undefined;
  /** How many values are the signal's own. The bound values follow them. */
  readonly #own: number;
  readonly #givenMessage: string | DescribedError | undefined;
  #forms: (Leaving | undefined)[] | undefined;
  #message: string | undefined;
  #attributes: LeavingValues | undefined;
  #emissions: Map<RevealKey, Emission> | undefined;
  #weight: number | undefined;

  constructor(
    schema: Schema,
    severity: Severity,
    message: string | DescribedError | undefined,
    clean: Clean[],
    raw: readonly unknown[] | undefined,
    rules: ValueRules,
    bound?: Bound,
  ) {
    this.schema = schema;
    this.severity = severity;
    this.#givenMessage = message;
    this.#clean = clean;
    this.#raw = raw;
    this.#rules = rules;
    this.#bound = bound;
    this.#own = bound === undefined ? clean.length : clean.length - bound.clean.length;
  }

  get clean(): readonly Clean[] {
    return this.#clean;
  }

  /**
   * Copies the app's texts into their own memory. Called before a view is made for a destination that keeps the texts longer than the emit
   * takes. Other emits do not pay for the copy.
   */
  own(): void {
    const clean = this.#clean;
    const { fields } = this.schema;
    // The bound texts were copied when they were bound.
    for (let i = 0; i < this.#own; i++) {
      const value = clean[i];
      if (typeof value === 'string') {
        if (fields[i]?.ofTheApp) clean[i] = owned(value);
      } else if (typeof value === 'object' && Array.isArray(value))
        clean[i] = Object.freeze(value.map(owned));
    }
    const message = this.message();
    if (message !== this.schema.signal.message) this.#message = owned(message);
  }

  /** The given message, or the signal's own, made from the redacted values. The box's hook has rewritten it. */
  message(): string {
    if (this.#message === undefined) {
      const { message: own, name } = this.schema.signal;
      const { stringLength, redactText: redact } = this.#rules;
      const given = this.#givenMessage ?? (typeof own === 'function' ? this.#composedBy(own) : own);
      const text = typeof given === 'string' ? given : name;
      // The message of a described error has passed the hook already.
      if (isDescribed(given)) this.#message = given.message;
      else if (redact) this.#message = rewrite(text, 'message', stringLength, redact);
      else this.#message = wellFormed(cut(text, stringLength));
    }
    return this.#message;
  }

  #composedBy(own: (values: MessageValues) => unknown): string {
    const { name } = this.schema.signal;
    const trouble = (what: string, error?: unknown): void =>
      this.#rules.report?.(`message:${name}`, `the message function of '${name}' ${what}`, error);
    try {
      const text = own(this.fields(NOTHING_REVEALED) as MessageValues);
      if (typeof text === 'string') return text;
      if (swallow(text))
        trouble("gave a promise; the message is the signal's name. Give a function that answers at once");
    } catch (error) {
      trouble('threw', error);
    }
    return name;
  }

  /** The number that metrics record. Points carry doubles, so it may be too large for an attribute. */
  measured(index: number): number | undefined {
    const value = this.clean[index];
    if (value !== undefined) return typeof value === 'number' ? value : undefined;
    const raw = this.#raw?.[index];
    return typeof raw === 'number' && Number.isFinite(raw) && !isCarriable(raw) ? raw : undefined;
  }

  /**
   * The approximate memory of a queued record: the texts, which all views share, and one view. A sensitive field counts as the larger of its
   * value and its redacted form.
   */
  weight(): number {
    if (this.#weight === undefined) {
      let bytes = WAITING + this.message().length;
      const clean = this.#clean;
      for (let i = 0; i < this.#own; i++)
        if (clean[i] !== undefined) bytes += FIELD + Math.max(weightOfValue(clean[i]), this.#formWeight(i));
      if (this.#bound) bytes += this.#bound.weight + FIELD * this.#bound.clean.length;
      this.#weight = bytes;
    }
    return this.#weight;
  }

  #formWeight(index: number): number {
    const weight = weightOfValue(this.#forms?.[index]);
    // The type of an error is redacted too.
    return isDescribed(this.#clean[index]) ? 2 * weight : weight;
  }

  /** The values by attribute keys, in the units of the wire. All readers share the view without revealed fields: never change it. */
  attributes(reveal: RevealKey): LeavingValues {
    if (reveal !== NOTHING_REVEALED) return this.#attributesFor(reveal);
    this.#attributes ??= this.#attributesFor(reveal);
    return this.#attributes;
  }

  #attributesFor(reveal: RevealKey): LeavingValues {
    const revealed = revealedNames(reveal);
    const view: Record<string, Leaving> = {};
    const fields = this.schema.fields;
    // Bound attributes that no field of the signal replaces need no look at each.
    const bound = reveal === NOTHING_REVEALED && this.schema.overlaps?.length === 0 ? this.#bound : undefined;
    const count = bound ? this.#own : this.#clean.length;
    let hasError = false;
    for (let i = 0; i < count; i++) {
      const value = this.#clean[i];
      const field = fields[i] as CompiledField;
      if (value === undefined || field.metricsOnly) continue;
      const shown = isShown(field, revealed);
      // The semantic conventions allow one error. The other errors of a plain level record keep their own names.
      if (typeof value === 'object' && !hasError && isDescribed(value)) {
        addError(view, shown ? value : this.#redactedError(i, value), field.field.detail === 'full');
        hasError = true;
      } else {
        const left = shown ? this.#onWire(field, value) : this.#redacted(i);
        if (left !== undefined) view[field.key] = left;
      }
    }
    bound?.addTo(view);
    return enumerated(view);
  }

  /** The redacted form of a sensitive value. Computed once, because the app's policy may be slow. */
  #redacted(index: number): Leaving | undefined {
    // All records share the redacted form of a bound value.
    if (index >= this.#own) return this.#bound?.form(index - this.#own);
    this.#forms ??= [];
    const forms = this.#forms;
    if (!(index in forms)) {
      this.#weight = undefined;
      forms[index] = redactedForm(
        this.schema.fields[index] as CompiledField,
        this.#clean[index],
        this.#rules,
      );
    }
    return forms[index];
  }

  // A code or a name may reveal as much as a message: `ann_smith_1970`.
  #redactedError(index: number, { type }: DescribedError): LeavingError {
    return {
      type: redactedText(this.schema.fields[index] as CompiledField, type, this.#rules),
      message: this.#redacted(index) as string | undefined,
    };
  }

  #onWire(field: CompiledField, value: Clean): Leaving {
    if (typeof value === 'number') return field.inSeconds ? seconds(value) : value;
    return isDescribed(value) ? cut(inBrief(value), this.#rules.stringLength) : (value as Leaving);
  }

  /** The values by their names in code, in the units of the code. */
  fields(reveal: RevealKey): LeavingValues {
    const revealed = revealedNames(reveal);
    const view: Record<string, Leaving> = {};
    this.schema.fields.forEach((field, i) => {
      const value = this.#clean[i];
      if (value === undefined || field.metricsOnly) return;
      const left = !isShown(field, revealed)
        ? this.#redacted(i)
        : isDescribed(value)
          ? value.message
          : (value as Leaving);
      if (left !== undefined) view[field.name] = left;
    });
    return Object.freeze(view);
  }

  /** The errors whose messages {@link fields} has; undefined if there are none. Without a prototype, because the app chooses the names. */
  errors(reveal: RevealKey): Emission['errors'] {
    let view: Record<string, DescribedError> | undefined;
    const revealed = revealedNames(reveal);
    this.schema.fields.forEach((field, i) => {
      const value = this.clean[i];
      if (!isDescribed(value) || field.metricsOnly || !isShown(field, revealed)) return;
      view ??= Object.create(null) as Record<string, DescribedError>;
      view[field.name] = value;
    });
    return view && Object.freeze(view);
  }

  /** The values that a route's predicate gets: the checked values, in the form that the app gave. */
  values(): Readonly<Record<string, unknown>> {
    const view: Record<string, unknown> = {};
    const given = this.#raw ?? this.#clean;
    this.schema.fields.forEach((field, i) => {
      const raw = given[i];
      if (this.#clean[i] === undefined || raw === UNREADABLE) return;
      view[field.name] = typeof raw === 'string' ? wellFormed(raw) : raw;
    });
    return Object.freeze(view);
  }

  /** The emission for sinks: one frozen object for all sinks with the same reveal key. */
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
        timestamp: place.timestamp,
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

/** The parts of an error that leave. A policy may have dropped any of them. */
type LeavingError = { readonly [P in keyof DescribedError]?: string | undefined };

function addError(
  view: Record<string, Leaving>,
  { type, message, stack }: LeavingError,
  full: boolean,
): void {
  if (type !== undefined) view['error.type'] = type;
  if (!full) return;
  if (type !== undefined) view['exception.type'] = type;
  if (message !== undefined) view['exception.message'] = message;
  if (stack !== undefined) view['exception.stacktrace'] = stack;
}
