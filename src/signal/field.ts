import type { OptionNames } from './option-checks.js';
import { optionsOf } from './option-checks.js';

/** What a field holds. */
export type Kind =
  | 'string'
  | 'id'
  | 'text'
  | 'enum'
  | 'boolean'
  | 'number'
  | 'int'
  | 'duration'
  | 'time'
  | 'error'
  | 'list'
  | 'json';

/**
 * Makes the text that leaves in place of a sensitive value. It gets the value as text: each entry of a list; the message and the type of an
 * error. It returns another text synchronously, or `undefined` to leave the field out. `signalbox/redaction` has ready-made policies. If the
 * policy throws or returns anything else, `[redacted]` leaves, and the box counts it (`stats().values.withheld`).
 *
 * @example
 * ```ts
 * import { defineSignal, field } from 'signalbox';
 * defineSignal('SHIPPED', { fields: { postcode: field.text({ sensitive: (text) => `${text.slice(0, 2)}…` }) } });
 * ```
 */
export type RedactionPolicy = (text: string) => string | undefined;

/** Whether a field is sensitive, and by which policy. */
export type Sensitive = boolean | RedactionPolicy;

/** Options that every field takes. `S` is the type of `sensitive`: `true` or a policy for a sensitive field. */
export interface FieldOptions<S extends Sensitive = Sensitive> {
  /** The attribute key on the wire. Default: the field's own name. */
  readonly attribute?: string;
  /**
   * A sensitive value leaves as `[redacted]`, or as the text that its policy makes, except where a route reveals it. A sensitive field can
   * be neither a label nor a measure of a metric. Default `false`.
   */
  readonly sensitive?: S;
  /** The field feeds metrics only (as a label or a measure): no record, span event, JSON line or sink gets it. Default `false`. */
  readonly metricsOnly?: boolean;
}

/**
 * A typed value of a signal. Made by the functions of `field`; `T` is the type of the value in code.
 */
export interface Field<T, K extends Kind = Kind> {
  readonly kind: K;
  readonly attribute?: string | undefined;
  readonly sensitive?: Sensitive | undefined;
  readonly metricsOnly?: boolean | undefined;
  readonly optional?: boolean;
  readonly values?: readonly string[] | undefined;
  readonly detail?: 'full' | 'type' | undefined;
  readonly '~type'?: T;
}

/** A field that may be left out. */
export type OptionalField<T, K extends Kind = Kind> = Field<T, K> & { readonly optional: true };

/** The fields of a signal, by their names in code. */
export type Fields = Readonly<Record<string, Field<unknown>>>;

type TypeOf<X> = X extends Field<infer T> ? T : never;
type Flat<T> = { [N in keyof T]: T[N] } & {};

// Mapped over F itself, so that hovers and messages list the fields in declared order.
type RequiredValues<F> = {
  -readonly [N in keyof F as F[N] extends { readonly optional: true } ? never : N]: TypeOf<F[N]>;
};
type OptionalValues<F> = {
  -readonly [N in keyof F as F[N] extends { readonly optional: true } ? N : never]?: TypeOf<F[N]> | undefined;
};

/** The values that a set of fields takes. */
export type Values<F> = Flat<RequiredValues<F> & OptionalValues<F>>;

type Redacted = { readonly sensitive: true };
type ByPolicy = { readonly sensitive: RedactionPolicy };

type ShownValue<X> = X extends Redacted
  ? '[redacted]'
  : X extends ByPolicy
    ? (X extends Field<unknown, 'list'> ? readonly string[] : string) | undefined
    : X extends Field<unknown, 'time' | 'error' | 'json'>
      ? string
      : TypeOf<X>;

/**
 * The values of a set of fields as a message function gets them: sensitive values as `[redacted]` or as their policies make them; times,
 * errors and JSON as text.
 */
export type ShownValues<F> = Flat<{
  readonly [N in keyof F]: ShownValue<F[N]> | (F[N] extends { readonly optional: true } ? undefined : never);
}>;

// `keyof` of a mapped type, and a sentence in place of `never`, give readable compiler messages.
type NamesOf<F, X> = keyof { [N in keyof F & string as F[N] extends X ? N : never]: N };
type Else<Names extends string, Sentence extends string> = [Names] extends [never] ? Sentence : Names;
type NotSensitive<F> = { [N in keyof F as F[N] extends Redacted | ByPolicy ? never : N]: F[N] };

/** Names of fields that can be metric labels: strings, enums and booleans that are not sensitive. */
export type LabelName<F> = Else<
  NamesOf<NotSensitive<F>, Field<unknown, 'string' | 'enum' | 'boolean'>>,
  'no field of this signal can be a label'
>;

/** Names of fields that a metric can measure: numbers, ints and durations that are not sensitive. */
export type NumberName<F> = Else<
  NamesOf<NotSensitive<F>, Field<unknown, 'number' | 'int' | 'duration'>>,
  'no field of this signal can be measured'
>;

const OPTIONS: OptionNames<FieldOptions> = { attribute: true, sensitive: true, metricsOnly: true };

type Sensitivity<S> = [S] extends [true] ? Redacted : [S] extends [RedactionPolicy] ? ByPolicy : unknown;

/** Makes a field. `name` is the name of the public function, for error messages. */
function made<X>(kind: Kind, options: FieldOptions | undefined, name: string = kind): X {
  return { kind, ...optionsOf(`field.${name}`, options, OPTIONS) } as X;
}

/** A string of few distinct values. May be a metric label; for ids use {@link id}, for any other string {@link text}. */
export function string<S extends Sensitive = Sensitive>(
  options?: FieldOptions<S>,
): Field<string, 'string'> & Sensitivity<S> {
  return made('string', options);
}

/** A string that identifies one thing among very many (a job, a user). It can never become a metric label. */
export function id<S extends Sensitive = Sensitive>(
  options?: FieldOptions<S>,
): Field<string, 'id'> & Sensitivity<S> {
  return made('id', options);
}

/** A string with very many distinct values (a subject, a name, an address). It can never become a metric label. */
export function text<S extends Sensitive = Sensitive>(
  options?: FieldOptions<S>,
): Field<string, 'text'> & Sensitivity<S> {
  return made('text', options);
}

/** One of the given strings. */
export function oneOf<const T extends string, S extends Sensitive = Sensitive>(
  values: readonly T[],
  options?: FieldOptions<S>,
): Field<T, 'enum'> & Sensitivity<S> {
  return { ...made<Field<T, 'enum'> & Sensitivity<S>>('enum', options, 'oneOf'), values };
}

/** True or false. */
export function boolean<S extends Sensitive = Sensitive>(
  options?: FieldOptions<S>,
): Field<boolean, 'boolean'> & Sensitivity<S> {
  return made('boolean', options);
}

/** A finite number. */
export function number<S extends Sensitive = Sensitive>(
  options?: FieldOptions<S>,
): Field<number, 'number'> & Sensitivity<S> {
  return made('number', options);
}

/** A whole number. */
export function int<S extends Sensitive = Sensitive>(
  options?: FieldOptions<S>,
): Field<number, 'int'> & Sensitivity<S> {
  return made('int', options);
}

/** A span of time: milliseconds in code, seconds on the wire, `"1.2s"` in JSON lines. */
export function duration<S extends Sensitive = Sensitive>(
  options?: FieldOptions<S>,
): Field<number, 'duration'> & Sensitivity<S> {
  return made('duration', options);
}

/** A moment: a `Date` or epoch milliseconds in code, an ISO 8601 string on the wire. */
export function time<S extends Sensitive = Sensitive>(
  options?: FieldOptions<S>,
): Field<Date | number, 'time'> & Sensitivity<S> {
  return made('time', options);
}

/** Options of {@link error}. */
export interface ErrorFieldOptions<S extends Sensitive = Sensitive> extends FieldOptions<S> {
  /**
   * Which attributes it becomes: `'full'` gives `exception.type`, `exception.message`, `exception.stacktrace` (with causes)
   * and `error.type`; `'type'` gives `error.type` alone. Default `'full'`.
   */
  readonly detail?: 'full' | 'type';
}

const ERROR_OPTIONS: OptionNames<ErrorFieldOptions> = { ...OPTIONS, detail: true };

/** A thrown value of any type. Its message, stack and type pass the box's `redactText`. */
export function error<S extends Sensitive = Sensitive>(
  options?: ErrorFieldOptions<S>,
): Field<unknown, 'error'> & Sensitivity<S> {
  return { kind: 'error', detail: 'full', ...optionsOf('field.error', options, ERROR_OPTIONS) } as Field<
    unknown,
    'error'
  > &
    Sensitivity<S>;
}

/** A list of strings. */
export function list<S extends Sensitive = Sensitive>(
  options?: FieldOptions<S>,
): Field<readonly string[], 'list'> & Sensitivity<S> {
  return made('list', options);
}

/** Any value that `JSON.stringify` takes; it leaves as one bounded string. */
export function json<S extends Sensitive = Sensitive>(
  options?: FieldOptions<S>,
): Field<unknown, 'json'> & Sensitivity<S> {
  return made('json', options);
}

/** The same field, but it may be left out. */
export function optional<T, K extends Kind, X extends Field<T, K>>(
  inner: X & Field<T, K>,
): X & { readonly optional: true } {
  return { ...inner, optional: true };
}

declare const none: unique symbol;

/** The values of a signal that has no fields: `{}`. */
export interface NoFields {
  readonly [none]?: never;
}
