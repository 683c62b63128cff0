/** A span that ended, as the SDK told a processor that is none of signalbox. */
export interface MadeSpan {
  readonly span: string;
  readonly trace: string;
  /** `messaging.operation.name` */
  readonly operation: string;
  readonly job: string | undefined;
  readonly outcome: string | undefined;
}

/** A call of the exporter of metrics, and what it was answered. */
export interface NotedMetrics {
  readonly call: number;
  readonly channel: 'metrics';
  readonly ids: readonly [];
  readonly outcome: 'began' | 'delivered' | 'failed';
  /** Only where the call began. */
  readonly totals?: Totals;
}

/** Cumulative totals by the names of {@link totalNames}. */
export type Totals = Readonly<Record<string, number>>;

/** What is compared: a metric, and the label that splits it. */
export const totalMetrics: Readonly<Record<string, string | undefined>> = {
  'job.enqueued': undefined,
  'job.rejected': undefined,
  'job.retries': undefined,
  'job.ended': 'job.outcome',
  'messaging.process.duration': undefined,
};

/** The name of a total: the metric's, and the value of the label that splits it. */
export function totalName(metric: string, attributes: Readonly<Record<string, unknown>>): string | undefined {
  if (!(metric in totalMetrics)) return undefined;
  // Of a store's commands there are durations too.
  if (metric === 'messaging.process.duration' && attributes['messaging.operation.name'] !== 'process')
    return undefined;
  const label = totalMetrics[metric];
  return label === undefined ? metric : `${metric} ${String(attributes[label])}`;
}
