import type { Attributes } from '@opentelemetry/api';
import { fits, isAsymmetric } from './asymmetric.js';

/**
 * The type of an instrument. Signals declare the first four; the observable ones are those of monitors, for example.
 *
 * @example
 * ```ts
 * import { type MeasuredType, recorder } from 'signalbox/testing';
 *
 * const types: readonly MeasuredType[] = recorder().measured().map(({ type }) => type);
 * console.assert(types.length === 0);
 * ```
 */
export type MeasuredType =
  | 'counter'
  | 'upDownCounter'
  | 'gauge'
  | 'histogram'
  | 'observableGauge'
  | 'observableCounter'
  | 'observableUpDownCounter';

/**
 * The measurements of one instrument under one set of labels.
 *
 * @example
 * ```ts
 * import { createSignalbox, defineSignal, field } from 'signalbox';
 * import { type Measured, recorder } from 'signalbox/testing';
 *
 * const PAID = defineSignal('PAID', {
 *   fields: { currency: field.oneOf(['EUR', 'USD']) },
 *   metrics: [{ type: 'counter', name: 'paid', unit: '{payment}', by: ['currency'] }],
 * });
 * const seen = recorder();
 * createSignalbox({ destinations: { seen } }).emit(PAID, { currency: 'EUR' });
 * const [paid]: readonly Measured[] = seen.measured('paid');
 * console.assert(paid?.value === 1 && paid.labels['currency'] === 'EUR');
 * ```
 */
export interface Measured {
  /** The instrument's name, as in `payment.duration`. */
  readonly name: string;
  readonly type: MeasuredType;
  /** The declared unit, as in `s`. Empty if none was declared. */
  readonly unit: string;
  /** Labels by attribute keys, as on the wire. */
  readonly labels: Readonly<Attributes>;
  /** Each measurement in order, in the unit of the metric: a `duration` of 83 ms is 0.083 in `s`. */
  readonly values: readonly number[];
  /** The value that backends show: of counters the sum, of gauges and observable instruments the last value. Undefined for histograms. */
  readonly value: number | undefined;
  /** Number of measurements. */
  readonly count: number;
  /** Sum of all measurements. */
  readonly sum: number;
}

/** The values that {@link Measured} is computed from. */
type MeasuredSeries = Omit<Measured, 'value' | 'count' | 'sum'>;

const ADDED: ReadonlySet<MeasuredType> = new Set(['counter', 'upDownCounter']);

/** Whether backends show the sum of an instrument's values. */
export function isAdded(one: { readonly type: MeasuredType } | undefined): boolean {
  return one !== undefined && ADDED.has(one.type);
}

export function measuredOf({ name, type, unit, labels, values }: MeasuredSeries): Measured {
  const sum = values.reduce((total, value) => total + value, 0);
  let value: number | undefined;
  if (ADDED.has(type)) value = sum;
  else if (type !== 'histogram') value = values.at(-1);
  return Object.freeze({
    name,
    type,
    unit,
    labels,
    values: Object.freeze(values),
    value,
    count: values.length,
    sum,
  });
}

/** Whether labels contain at least the wanted ones. */
export function hasLabels(labels: Readonly<Attributes>, wanted: Readonly<Attributes>): boolean {
  if (isAsymmetric(wanted)) return wanted.asymmetricMatch(labels);
  return fittingLabels(labels, wanted) === Object.keys(wanted).length;
}

/** How many of the wanted labels there are. */
export function fittingLabels(labels: Readonly<Attributes>, wanted: Readonly<Attributes>): number {
  return Object.entries(wanted).filter(([name, value]) => fits(labels[name], value)).length;
}
