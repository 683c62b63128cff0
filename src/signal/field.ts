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

/** Options that every field takes. `S` is `true` where the field is sensitive. */
export interface FieldOptions<S extends boolean = boolean> {
  /** The attribute key on the wire. Default: the field's own name. */
  readonly attribute?: string;
  /**
   * Sensitive values are `[redacted]` everywhere but where a route reveals them. Metrics take none: they can be neither labels nor
   * measures. Default `false`.
   */
  readonly sensitive?: S;
  /** A value for metrics alone (a label, a measure): in no record, event, line or sink. Default `false`. */
  readonly metricsOnly?: boolean;
}

/**
 * A typed value of a signal. Made by the functions of `field`; `T` is the type of the value in code.
 */
export interface Field<T, K extends Kind = Kind> {
  readonly kind: K;
  readonly attribute?: string | undefined;
  readonly sensitive?: boolean | undefined;
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

type ShownValue<X> = X extends { readonly sensitive: true }
  ? '[redacted]'
  : X extends Field<unknown, 'time' | 'error' | 'json'>
    ? string
    : TypeOf<X>;

/** The values of a set of fields as a message function gets them: redacted, and times, errors and JSON as text. */
export type ShownValues<F> = Flat<{
  readonly [N in keyof F]: ShownValue<F[N]> | (F[N] extends { readonly optional: true } ? undefined : never);
}>;

// `keyof` of a mapped type, and the sentence in place of `never`: both for what the compiler then says.
type NamesOf<F, X> = keyof { [N in keyof F & string as F[N] extends X ? N : never]: N };
type Else<Names extends string, Sentence extends string> = [Names] extends [never] ? Sentence : Names;
type Sensitive = { readonly sensitive: true };
type NotSensitive<F> = { [N in keyof F as F[N] extends Sensitive ? never : N]: F[N] };

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

type Sensitivity<S> = [S] extends [true] ? { readonly sensitive: true } : unknown;

/** A string of few distinct values. May be a metric label; for ids use {@link id}, for any other string {@link text}. */
export function string<S extends boolean = false>(
  options?: FieldOptions<S>,
): Field<string, 'string'> & Sensitivity<S> {
  return { kind: 'string', ...optionsOf('field.string', options, OPTIONS) } as Field<string, 'string'> &
    Sensitivity<S>;
}

/** A string that names one thing among very many (a job, a user). It can never become a metric label. */
export function id<S extends boolean = false>(
  options?: FieldOptions<S>,
): Field<string, 'id'> & Sensitivity<S> {
  return { kind: 'id', ...optionsOf('field.id', options, OPTIONS) } as Field<string, 'id'> & Sensitivity<S>;
}

/** A string of any content (a subject, a name, an address), of which there are very many. It can never become a metric label. */
export function text<S extends boolean = false>(
  options?: FieldOptions<S>,
): Field<string, 'text'> & Sensitivity<S> {
  return { kind: 'text', ...optionsOf('field.text', options, OPTIONS) } as Field<string, 'text'> &
    Sensitivity<S>;
}

/** One of the given strings. */
export function oneOf<const T extends string, S extends boolean = false>(
  values: readonly T[],
  options?: FieldOptions<S>,
): Field<T, 'enum'> & Sensitivity<S> {
  return { kind: 'enum', values, ...optionsOf('field.oneOf', options, OPTIONS) } as Field<T, 'enum'> &
    Sensitivity<S>;
}

/** True or false. */
export function boolean<S extends boolean = false>(
  options?: FieldOptions<S>,
): Field<boolean, 'boolean'> & Sensitivity<S> {
  return { kind: 'boolean', ...optionsOf('field.boolean', options, OPTIONS) } as Field<boolean, 'boolean'> &
    Sensitivity<S>;
}

/** A finite number. */
export function number<S extends boolean = false>(
  options?: FieldOptions<S>,
): Field<number, 'number'> & Sensitivity<S> {
  return { kind: 'number', ...optionsOf('field.number', options, OPTIONS) } as Field<number, 'number'> &
    Sensitivity<S>;
}

/** A whole number. */
export function int<S extends boolean = false>(
  options?: FieldOptions<S>,
): Field<number, 'int'> & Sensitivity<S> {
  return { kind: 'int', ...optionsOf('field.int', options, OPTIONS) } as Field<number, 'int'> &
    Sensitivity<S>;
}

/** A span of time: milliseconds in code, seconds on the wire, `"1.2s"` in JSON lines. */
export function duration<S extends boolean = false>(
  options?: FieldOptions<S>,
): Field<number, 'duration'> & Sensitivity<S> {
  return { kind: 'duration', ...optionsOf('field.duration', options, OPTIONS) } as Field<number, 'duration'> &
    Sensitivity<S>;
}

/** A moment: a `Date` or epoch milliseconds in code, an ISO 8601 string on the wire. */
export function time<S extends boolean = false>(
  options?: FieldOptions<S>,
): Field<Date | number, 'time'> & Sensitivity<S> {
  return { kind: 'time', ...optionsOf('field.time', options, OPTIONS) } as Field<Date | number, 'time'> &
    Sensitivity<S>;
}

/** Options of {@link error}. */
export interface ErrorFieldOptions<S extends boolean = boolean> extends FieldOptions<S> {
  /**
   * What of it goes on the wire: `'full'` gives `exception.type`, `exception.message`, `exception.stacktrace` (with causes)
   * and `error.type`; `'type'` gives `error.type` alone. Default `'full'`.
   */
  readonly detail?: 'full' | 'type';
}

const ERROR_OPTIONS: OptionNames<ErrorFieldOptions> = { ...OPTIONS, detail: true };

/** Anything thrown. Message and stack pass the box's `redactError`. */
export function error<S extends boolean = false>(
  options?: ErrorFieldOptions<S>,
): Field<unknown, 'error'> & Sensitivity<S> {
  return { kind: 'error', detail: 'full', ...optionsOf('field.error', options, ERROR_OPTIONS) } as Field<
    unknown,
    'error'
  > &
    Sensitivity<S>;
}

/** A list of strings. */
export function list<S extends boolean = false>(
  options?: FieldOptions<S>,
): Field<readonly string[], 'list'> & Sensitivity<S> {
  return { kind: 'list', ...optionsOf('field.list', options, OPTIONS) } as Field<readonly string[], 'list'> &
    Sensitivity<S>;
}

/** Anything that `JSON.stringify` takes; it leaves as one bounded string. */
export function json<S extends boolean = false>(
  options?: FieldOptions<S>,
): Field<unknown, 'json'> & Sensitivity<S> {
  return { kind: 'json', ...optionsOf('field.json', options, OPTIONS) } as Field<unknown, 'json'> &
    Sensitivity<S>;
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
