/** What a field holds. */
export type Kind =
  | 'string'
  | 'id'
  | 'enum'
  | 'boolean'
  | 'number'
  | 'int'
  | 'duration'
  | 'time'
  | 'error'
  | 'list'
  | 'json';

/** Options that every field takes. */
export interface FieldOptions {
  /** The attribute key on the wire. Default: the field's own name. */
  readonly attribute?: string;
  /** Sensitive values are `[redacted]` everywhere but where a route reveals them, and can not be labels. Default `false`. */
  readonly sensitive?: boolean;
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

type OptionalNames<F> = { [N in keyof F]: F[N] extends { readonly optional: true } ? N : never }[keyof F];
type TypeOf<X> = X extends Field<infer T> ? T : never;
type Flat<T> = { [N in keyof T]: T[N] } & {};

/** The values that a set of fields takes. */
export type Values<F> = Flat<
  { [N in Exclude<keyof F, OptionalNames<F>>]: TypeOf<F[N]> } & {
    [N in OptionalNames<F>]?: TypeOf<F[N]> | undefined;
  }
>;

type NamesOf<F, K extends Kind> = { [N in keyof F]: F[N] extends Field<unknown, K> ? N : never }[keyof F] &
  string;
type SensitiveNames<F> = { [N in keyof F]: F[N] extends { readonly sensitive: true } ? N : never }[keyof F] &
  string;

/** Names of fields that can be metric labels: strings, enums and booleans that are not sensitive. */
export type LabelName<F> = Exclude<NamesOf<F, 'string' | 'enum' | 'boolean'>, SensitiveNames<F>>;

/** Names of fields that a metric can measure. */
export type NumberName<F> = NamesOf<F, 'number' | 'int' | 'duration'>;

type Sensitivity<O> = O extends { readonly sensitive: true } ? { readonly sensitive: true } : unknown;

/** A string of few distinct values. May be a metric label; for ids use {@link id}. */
export function string<const O extends FieldOptions = FieldOptions>(
  options?: O,
): Field<string, 'string'> & Sensitivity<O> {
  return { kind: 'string', ...options } as Field<string, 'string'> & Sensitivity<O>;
}

/** A string that names one thing among very many (a job, a user). It can never become a metric label. */
export function id(options?: FieldOptions): Field<string, 'id'> {
  return { kind: 'id', ...options };
}

/** One of the given strings. */
export function oneOf<const T extends string, const O extends FieldOptions = FieldOptions>(
  values: readonly T[],
  options?: O,
): Field<T, 'enum'> & Sensitivity<O> {
  return { kind: 'enum', values, ...options } as Field<T, 'enum'> & Sensitivity<O>;
}

/** True or false. */
export function boolean<const O extends FieldOptions = FieldOptions>(
  options?: O,
): Field<boolean, 'boolean'> & Sensitivity<O> {
  return { kind: 'boolean', ...options } as Field<boolean, 'boolean'> & Sensitivity<O>;
}

/** A finite number. */
export function number(options?: FieldOptions): Field<number, 'number'> {
  return { kind: 'number', ...options };
}

/** A whole number. */
export function int(options?: FieldOptions): Field<number, 'int'> {
  return { kind: 'int', ...options };
}

/** A span of time: milliseconds in code, seconds on the wire, `"1.2s"` in JSON lines. */
export function duration(options?: FieldOptions): Field<number, 'duration'> {
  return { kind: 'duration', ...options };
}

/** A moment: a `Date` or epoch milliseconds in code, an ISO 8601 string on the wire. */
export function time(options?: FieldOptions): Field<Date | number, 'time'> {
  return { kind: 'time', ...options };
}

/** Options of {@link error}. */
export interface ErrorFieldOptions extends FieldOptions {
  /**
   * What of it goes on the wire: `'full'` gives `exception.type`, `exception.message`, `exception.stacktrace` (with causes)
   * and `error.type`; `'type'` gives `error.type` alone. Default `'full'`.
   */
  readonly detail?: 'full' | 'type';
}

/** Anything thrown. Message and stack pass the box's `redactError`. */
export function error(options?: ErrorFieldOptions): Field<unknown, 'error'> {
  return { kind: 'error', detail: 'full', ...options };
}

/** A list of strings. */
export function list(options?: FieldOptions): Field<readonly string[], 'list'> {
  return { kind: 'list', ...options };
}

/** Anything that `JSON.stringify` takes; it leaves as one bounded string. */
export function json(options?: FieldOptions): Field<unknown, 'json'> {
  return { kind: 'json', ...options };
}

/** The same field, but it may be left out. */
export function optional<T, K extends Kind, X extends Field<T, K>>(
  inner: X & Field<T, K>,
): X & { readonly optional: true } {
  return { ...inner, optional: true };
}
