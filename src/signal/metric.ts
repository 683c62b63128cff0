import type { LabelName, NumberName } from './field.js';
import { SignalboxError, shown } from './problem.js';

interface MetricCommon<F> {
  /** The instrument's name, as in `payment.processed`. Signals that name the same instrument feed the same one. */
  readonly name: string;
  /** The unit in UCUM, as in `s`, `{payment}`. */
  readonly unit?: string;
  readonly description?: string;
  /** Fields that become attributes of the points (labels), under their attribute keys. Ids can not be labels. */
  readonly by?: readonly LabelName<F>[];
  /** Constant attributes of the points. */
  readonly labels?: Readonly<Record<string, string | number | boolean>>;
}

/** Counts each emission, or adds up a field. */
export interface CounterDefinition<F> extends MetricCommon<F> {
  readonly type: 'counter';
  /** The field to add. Default: 1 is added. */
  readonly of?: NumberName<F>;
}

/** Goes up and down: adds a constant or a field. */
export interface UpDownCounterDefinition<F> extends MetricCommon<F> {
  readonly type: 'upDownCounter';
  /** The field to add. */
  readonly of?: NumberName<F>;
  /** The constant to add where no field is given. Default 1. */
  readonly add?: number;
}

/** Holds the last value of a field. */
export interface GaugeDefinition<F> extends MetricCommon<F> {
  readonly type: 'gauge';
  readonly of: NumberName<F>;
}

/** Distributes the values of a field over buckets. */
export interface HistogramDefinition<F> extends MetricCommon<F> {
  readonly type: 'histogram';
  readonly of: NumberName<F>;
  /** Upper bounds, ascending, in the unit of the metric. Default for `s`: the messaging convention's, extended to an hour. */
  readonly buckets?: readonly number[];
}

/** A metric that a signal feeds. */
export type MetricDefinition<F> =
  | CounterDefinition<F>
  | UpDownCounterDefinition<F>
  | GaugeDefinition<F>
  | HistogramDefinition<F>;

/** A metric's definition without the types of its signal. */
export interface AnyMetric {
  readonly type: 'counter' | 'upDownCounter' | 'gauge' | 'histogram';
  readonly name: string;
  readonly unit?: string;
  readonly description?: string;
  readonly by?: readonly string[];
  readonly labels?: Readonly<Record<string, string | number | boolean>>;
  readonly of?: string;
  readonly add?: number;
  readonly buckets?: readonly number[];
}

/** Buckets in seconds: the messaging convention's fourteen, and on to an hour. */
export const secondBuckets: readonly number[] = [
  0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 30, 60, 300, 900, 3600,
];

// The instrument name syntax of the metrics API specification.
const INSTRUMENT_NAME = /^[A-Za-z][A-Za-z0-9_./-]{0,254}$/;

/** Checks one metric of a signal against its fields. Throws a {@link SignalboxError}. */
export function checkMetric(
  signal: string,
  metric: AnyMetric,
  fields: Readonly<Record<string, { kind: string; sensitive?: boolean | undefined }>>,
): void {
  const where = `defineSignal('${signal}')`;
  if (typeof metric.name !== 'string' || !INSTRUMENT_NAME.test(metric.name)) {
    throw new SignalboxError(
      `${where}: ${shown(metric.name)} is not a metric's name. Start with a letter; use letters, digits, '_', '.', '-', '/', at most 255.`,
    );
  }
  const at = `${where}: metric '${metric.name}'`;
  if (!['counter', 'upDownCounter', 'gauge', 'histogram'].includes(metric.type)) {
    throw new SignalboxError(
      `${at} has the type ${shown(metric.type)}. Use 'counter', 'upDownCounter', 'gauge' or 'histogram'.`,
    );
  }
  for (const name of metric.by ?? []) {
    const field = fields[name];
    if (!field)
      throw new SignalboxError(
        `${at} is by ${shown(name)}, which is no field of the signal. Its fields: ${Object.keys(fields).join(', ') || 'none'}.`,
      );
    if (field.sensitive)
      throw new SignalboxError(
        `${at} is by '${name}', which is sensitive. Sensitive fields can not be labels.`,
      );
    if (!['string', 'enum', 'boolean'].includes(field.kind)) {
      throw new SignalboxError(
        `${at} is by '${name}', a field of kind '${field.kind}'. Labels are string, oneOf or boolean fields, so that there are few of them.`,
      );
    }
  }
  if (metric.of === undefined) {
    if (metric.type === 'gauge' || metric.type === 'histogram')
      throw new SignalboxError(`${at} needs \`of\`: the field that it measures.`);
  } else {
    const field = fields[metric.of];
    if (!field)
      throw new SignalboxError(
        `${at} is of ${shown(metric.of)}, which is no field of the signal. Its fields: ${Object.keys(fields).join(', ') || 'none'}.`,
      );
    if (!['number', 'int', 'duration'].includes(field.kind)) {
      throw new SignalboxError(
        `${at} is of '${metric.of}', a field of kind '${field.kind}'. Measure a number, int or duration field.`,
      );
    }
    if (field.kind === 'duration' && metric.unit !== 's') {
      throw new SignalboxError(
        `${at} is of the duration '${metric.of}' and has the unit ${shown(metric.unit)}. Durations are in seconds on the wire: give \`unit: 's'\`.`,
      );
    }
  }
  if (metric.add !== undefined && !Number.isFinite(metric.add))
    throw new SignalboxError(`${at} adds ${shown(metric.add)}. Give a finite number.`);
  const buckets = metric.buckets;
  if (
    buckets &&
    (buckets.length === 0 ||
      buckets.some((b, i) => !Number.isFinite(b) || (i > 0 && b <= (buckets[i - 1] ?? 0))))
  ) {
    throw new SignalboxError(`${at} has the buckets [${buckets.join(', ')}]. Give ascending finite numbers.`);
  }
}
