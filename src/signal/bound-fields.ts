import { checkFields } from './check-fields.js';
import type { Fields, LabelName, Values } from './field.js';
import type { OptionNames } from './option-checks.js';
import { optionsOf } from './option-checks.js';
import { SignalboxError, shown } from './signalbox-error.js';

/** Registered symbols: each copy of the package recognises the declarations and values that another copy made. */
const DECLARED: unique symbol = Symbol.for('signalbox.bound.fields');
const GIVEN: unique symbol = Symbol.for('signalbox.bound.values');

/** Declared fields that a box can be bound to. `V` is the type of their values. Made by {@link bound}; frozen. */
export interface BoundFields<V extends object> {
  readonly [DECLARED]: true;
  readonly fields: Fields;
  /** The names of the fields that are metric labels. */
  readonly labels: readonly string[];
  /** Joins the fields with their values, for `createSignalbox({ attributes })` and for `box.with`. */
  of(values: V): BoundValues;
}

/** An object that is not a declaration made by {@link bound}. */
export interface Undeclared {
  readonly [DECLARED]?: never;
}

/** Declared fields with their values, as `of` of {@link BoundFields} returns them. */
export interface BoundValues {
  readonly [GIVEN]: true;
  readonly declared: BoundFields<never>;
  readonly values: object;
}

/** Options of {@link bound}. */
export interface BoundOptions<L extends string> {
  /**
   * The fields that become labels of every metric that the bound box records: strings, enums and booleans that are not sensitive. Each
   * distinct value makes a series of its own. Default: none.
   */
  readonly labels?: readonly L[];
}

const OPTIONS: OptionNames<BoundOptions<string>> = { labels: true };
const LABEL_KINDS: readonly string[] = ['string', 'enum', 'boolean'];

/**
 * Declares fields that a box can be bound to: a tenant, a request, a deployment. Every signal that the bound box emits carries these fields,
 * with their kinds, attribute keys and sensitivity, whether the signal declares them or not.
 *
 * @param fields The fields by name, as for a signal. A field of kind `error` can not be bound.
 * @param options Which of the fields are metric labels.
 * @returns The frozen declaration: make it once, beside the signals, and give it to `box.with` with the values.
 * @throws {SignalboxError} When a field or an option is not valid. The message names it and the fix.
 *
 * @example
 * ```ts
 * import { bound, createSignalbox, field } from 'signalbox';
 *
 * const REQUEST = bound({
 *   tenant: field.string({ attribute: 'tenant.id' }),
 *   request_id: field.id({ sensitive: true }),
 * });
 * const log = createSignalbox().with(REQUEST, { tenant: 'a', request_id: 'r-1' });
 * log.info('received');
 * ```
 */
export function bound<const F extends Fields>(
  fields: F,
  options?: BoundOptions<LabelName<NoInfer<F>>>,
): BoundFields<Values<F>> {
  const checked = checkFields('bound', fields);
  const { labels = [] } = optionsOf<BoundOptions<string>>('bound', options, OPTIONS);
  if (!Array.isArray(labels))
    throw new SignalboxError(`bound: \`labels\` is ${shown(labels)}. Give a list of names of the fields.`);
  for (const name of labels) checkLabel(checked, name);
  for (const [name, { kind, sensitive }] of Object.entries(checked)) {
    if (kind === 'error')
      throw new SignalboxError(
        `bound: the field '${name}' is an error, which belongs to one record. Give it to the emit, or bind a field.text().`,
      );
    if (sensitive) boundSecrets().add(name);
  }
  const declared: BoundFields<Values<F>> = Object.freeze<BoundFields<Values<F>>>({
    [DECLARED]: true,
    fields: checked,
    labels: Object.freeze([...labels]),
    of: (values: Values<F>) => valuesOf(declared, values),
  });
  return declared;
}

/** The bound values: `first` itself where `of` made it, or the declaration `first` with `values`. Undefined for anything else. */
export function boundValuesOf(first: unknown, values: unknown): BoundValues | undefined {
  if (isMarked(first, GIVEN)) return first as BoundValues;
  return isBoundFields(first) ? valuesOf(first, values as object) : undefined;
}

/** Whether {@link bound}, of any copy of the package, made the value. */
export function isBoundFields(given: unknown): given is BoundFields<object> {
  return isMarked(given, DECLARED);
}

// A revoked proxy throws when it is read; another may return something for every key.
function isMarked(given: unknown, mark: symbol): boolean {
  try {
    return typeof given === 'object' && (given as Record<symbol, unknown> | null)?.[mark] === true;
  } catch {
    return false;
  }
}

function valuesOf(declared: BoundFields<never>, values: object): BoundValues {
  return Object.freeze<BoundValues>({ [GIVEN]: true, declared, values });
}

function checkLabel(fields: Fields, name: unknown): void {
  const field = typeof name === 'string' && Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (field && LABEL_KINDS.includes(field.kind) && !field.sensitive) return;
  const known = Object.keys(fields).join(', ') || 'none';
  throw new SignalboxError(
    field
      ? `bound: the label '${name}' is ${field.sensitive ? 'sensitive' : `of kind ${field.kind}`}. Labels are string, oneOf or boolean, and not sensitive.`
      : `bound: the label ${shown(name)} is not one of the fields. There are: ${known}.`,
  );
}

const SECRETS = Symbol.for('signalbox.bound.secrets');

/** The names of all sensitive fields that any copy of the package in this process declared with {@link bound}. */
export function boundSecrets(): Set<string> {
  const holder = globalThis as { [SECRETS]?: Set<string> };
  holder[SECRETS] ??= new Set();
  return holder[SECRETS];
}
