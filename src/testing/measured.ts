import type { Attributes } from '@opentelemetry/api';
import { fits, isAsymmetric } from './asymmetric.js';

/**
 * What an instrument is: what a signal declares, or one that is observed, as those of monitors are.
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
 * What was measured of one instrument under one set of labels.
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
  /** As it was declared, as in `s`; empty where none was. */
  readonly unit: string;
  /** By attribute keys, as on the wire. */
  readonly labels: Readonly<Attributes>;
  /** Each measurement in order, in the unit of the metric: a `duration` of 83 ms is 0.083 in `s`. */
  readonly values: readonly number[];
  /** What backends show: of counters the sum, of gauges and of what is observed the last value. Of histograms nothing. */
  readonly value: number | undefined;
  /** How many measurements there are. */
  readonly count: number;
  /** Of all measurements. */
  readonly sum: number;
}

/** What {@link Measured} is worked out from. */
type MeasuredSeries = Omit<Measured, 'value' | 'count' | 'sum'>;

const ADDED: ReadonlySet<MeasuredType> = new Set(['counter', 'upDownCounter']);

/** Whether the values of one add up to what backends show. */
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

/** Whether labels have at least these. */
export function hasLabels(labels: Readonly<Attributes>, wanted: Readonly<Attributes>): boolean {
  if (isAsymmetric(wanted)) return wanted.asymmetricMatch(labels);
  return fittingLabels(labels, wanted) === Object.keys(wanted).length;
}

/** How many of the wanted labels there are. */
export function fittingLabels(labels: Readonly<Attributes>, wanted: Readonly<Attributes>): number {
  return Object.entries(wanted).filter(([name, value]) => fits(labels[name], value)).length;
}
