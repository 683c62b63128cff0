interface MetricCommon<Label extends string> {
  /** The instrument's name, as in `payment.processed`. Signals that give the same name feed the same instrument. */
  readonly name: string;
  /** The unit in UCUM, as in `s`, `{payment}`. */
  readonly unit?: string;
  readonly description?: string;
  /** Fields that become attributes of the points (labels), under their attribute keys. Ids, texts and sensitive fields can not be labels. */
  readonly by?: readonly Label[];
  /** Constant attributes of the points. */
  readonly constantLabels?: Readonly<Record<string, string | number | boolean>>;
}

/** Counts each emission, or sums a field. */
export interface CounterDefinition<Label extends string, Measure extends string> extends MetricCommon<Label> {
  readonly type: 'counter';
  /** The field to add: a number that is not sensitive. Default: the counter adds 1. */
  readonly of?: Measure;
}

/** Goes up and down: adds a constant or a field. */
export interface UpDownCounterDefinition<Label extends string, Measure extends string>
  extends MetricCommon<Label> {
  readonly type: 'upDownCounter';
  /** The field to add: a number that is not sensitive. */
  readonly of?: Measure;
  /** The constant to add if no field is given. Default 1. */
  readonly add?: number;
}

/** Holds the last value of a field. */
export interface GaugeDefinition<Label extends string, Measure extends string> extends MetricCommon<Label> {
  readonly type: 'gauge';
  /** The field whose value the gauge holds: a number that is not sensitive. */
  readonly of: Measure;
}

/** Distributes the values of a field over buckets. */
export interface HistogramDefinition<Label extends string, Measure extends string>
  extends MetricCommon<Label> {
  readonly type: 'histogram';
  /** The field that the histogram records: a number that is not sensitive. */
  readonly of: Measure;
  /** Upper bounds, ascending, in the unit of the metric. Default for `s`: the bounds of the messaging conventions, extended to an hour. */
  readonly buckets?: readonly number[];
}

/** A metric that a signal feeds. `Label` is the names that `by` takes, `Measure` those that `of` takes. */
export type MetricDefinition<Label extends string = string, Measure extends string = string> =
  | CounterDefinition<Label, Measure>
  | UpDownCounterDefinition<Label, Measure>
  | GaugeDefinition<Label, Measure>
  | HistogramDefinition<Label, Measure>;

/** A metric's definition without the types of its signal. */
export interface AnyMetric {
  readonly type: 'counter' | 'upDownCounter' | 'gauge' | 'histogram';
  readonly name: string;
  readonly unit?: string;
  readonly description?: string;
  readonly by?: readonly string[];
  readonly constantLabels?: Readonly<Record<string, string | number | boolean>>;
  readonly of?: string;
  readonly add?: number;
  readonly buckets?: readonly number[];
}

/** The type, unit and buckets as one text. Metrics of one name must have the same. */
export function metricShape({ type, unit = '', buckets = [] }: AnyMetric): string {
  return JSON.stringify([type, unit, buckets]);
}

/** A metric as release 0.1 may have defined it. */
type WithOldLabels = AnyMetric & { readonly labels?: AnyMetric['constantLabels'] };

/** The constant labels of a metric. Release 0.1, of which the process may hold a copy, calls them `labels`. */
export function constantLabelsOf(metric: WithOldLabels): NonNullable<AnyMetric['constantLabels']> {
  return metric.constantLabels ?? metric.labels ?? {};
}

/** The same metric with the option names of this release in a fixed order, so that two metrics can be compared as JSON. */
export function namedAnew(metric: WithOldLabels): object {
  const { labels: _labels, constantLabels: _constantLabels, ...rest } = metric;
  return { ...rest, constantLabels: constantLabelsOf(metric) };
}

/** Buckets in seconds: the fourteen bounds of the messaging conventions, extended to an hour. */
export const secondBuckets: readonly number[] = [
  0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 30, 60, 300, 900, 3600,
];
