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

/** What a record that waits takes beside its values, roughly, and what each value takes beside its text. */
const WAITING = 200;
const FIELD = 48;

/** Where an emission happened. */
export interface Place {
  readonly timestamp: number;
  readonly traceId?: string | undefined;
  readonly spanId?: string | undefined;
}

/** The values of one emit, read once: every view of the emission comes from here. */
export class Snapshot {
  readonly schema: Schema;
  readonly severity: Severity;
  readonly #clean: Clean[];
  /** As they were given, where one of them is not what it was cleaned to. */
  readonly #raw: readonly unknown[] | undefined;
  readonly #rules: ValueRules;
  readonly #bound: Bound | undefined;
  /** How many values are the signal's own: those that are bound are behind them. */
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
   * Puts its texts into memory of their own: for what keeps them longer than the emit takes. To be called before a view is made; what keeps
   * none pays nothing.
   */
  own(): void {
    const clean = this.#clean;
    const { fields } = this.schema;
    // Those that are bound are their own already.
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

  /** The message: as given, or the signal's own of the redacted values; as the box's hook leaves it. */
  message(): string {
    if (this.#message === undefined) {
      const { message: own, name } = this.schema.signal;
      const { stringLength, redactText: redact } = this.#rules;
      const given = this.#givenMessage ?? (typeof own === 'function' ? this.#composedBy(own) : own);
      const text = typeof given === 'string' ? given : name;
      // That of an error has passed the hook.
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
        trouble('gave a promise: its name stands in its place; give a function that answers at once');
    } catch (error) {
      trouble('threw', error);
    }
    return name;
  }

  /** The number that metrics take of a field: points carry doubles, so also one that no attribute can carry. */
  measured(index: number): number | undefined {
    const value = this.clean[index];
    if (value !== undefined) return typeof value === 'number' ? value : undefined;
    const raw = this.#raw?.[index];
    return typeof raw === 'number' && Number.isFinite(raw) && !isCarriable(raw) ? raw : undefined;
  }

  /**
   * The memory of a record of it that waits, roughly: its texts, which all views share, and one view of them. Of a sensitive field the
   * larger of its value and of what its policy made of it for the views so far.
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
    // Of an error its type is redacted too.
    return isDescribed(this.#clean[index]) ? 2 * weight : weight;
  }

  /** By attribute keys, in the units of the wire. The view without revealed fields is made once and shared: never change it. */
  attributes(reveal: RevealKey): LeavingValues {
    if (reveal !== NOTHING_REVEALED) return this.#attributesFor(reveal);
    this.#attributes ??= this.#attributesFor(reveal);
    return this.#attributes;
  }

  #attributesFor(reveal: RevealKey): LeavingValues {
    const revealed = revealedNames(reveal);
    const view: Record<string, Leaving> = {};
    const fields = this.schema.fields;
    let hasError = false;
    for (let i = 0; i < this.#own; i++) {
      const value = this.#clean[i];
      const field = fields[i] as CompiledField;
      if (value === undefined || field.metricsOnly) continue;
      const shown = !field.sensitive || isShown(field, revealed);
      // The convention has room for one error. Plain level records may have more: those keep their own names.
      if (typeof value === 'object' && !hasError && isDescribed(value)) {
        addError(view, shown ? value : this.#redactedError(i, value), field.field.detail === 'full');
        hasError = true;
      } else {
        const left = shown ? this.#onWire(field, value) : this.#redacted(i);
        if (left !== undefined) view[field.key] = left;
      }
    }
    this.#bound?.addAttributes(view, this.#clean, this.#own, revealed);
    return enumerated(view);
  }

  /** What leaves of a sensitive field that is not shown. Worked out once: its policy is the app's, and may cost. */
  #redacted(index: number): Leaving | undefined {
    // That of a bound field is worked out once for all records, which share it.
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

  // A code or a name may tell as much as a message: `ann_smith_1970`.
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

  /** By names in code, in the units of the code. */
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

  /** The errors that {@link fields} has as messages, where there are any. Without a prototype: names are the app's. */
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

  /** The values as a route's predicate sees them: as they were given, but checked. */
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

/** What leaves of an error: of one that is dropped, nothing. */
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
