import { underscored } from './keys.js';

/** A metric as it is sent. */
export interface MetricName {
  readonly metric: string;
  readonly unit: string;
  readonly kind: 'sum' | 'gauge' | 'histogram';
  readonly monotonic: boolean | undefined;
}

const counter = (metric: string, unit: string): MetricName => ({
  metric,
  unit,
  kind: 'sum',
  monotonic: true,
});
const upDown = (metric: string, unit: string): MetricName => ({
  metric,
  unit,
  kind: 'sum',
  monotonic: false,
});
const gauge = (metric: string, unit: string): MetricName => ({
  metric,
  unit,
  kind: 'gauge',
  monotonic: undefined,
});
const histogram = (metric: string, unit: string): MetricName => ({
  metric,
  unit,
  kind: 'histogram',
  monotonic: undefined,
});

/** The metrics of the contract (docs/wire.md) and of the example's signals. */
const METRICS: readonly MetricName[] = [
  histogram('messaging.process.duration', 's'),
  histogram('job.wait.duration', 's'),
  histogram('job.turnaround.duration', 's'),
  counter('job.enqueued', '{job}'),
  counter('job.rejected', '{job}'),
  counter('job.retries', '{retry}'),
  counter('job.ended', '{job}'),
  counter('job.stalled', '{job}'),
  upDown('job.active', '{job}'),
  gauge('job.oldest_active.age', 's'),
  counter('schedule.missed', '{tick}'),
  gauge('schedule.last_completed.age', 's'),
  gauge('queue.jobs', '{job}'),
  gauge('queue.capacity', '{job}'),
  gauge('queue.oldest.age', 's'),
  gauge('queue.monitor.up', '{monitor}'),
  upDown('worker.count', '{worker}'),
  counter('worker.busy.time', 's'),
  counter('signalbox.items', '{item}'),
  gauge('signalbox.queue.size', '{signal}'),
  gauge('signalbox.queue.capacity', '{signal}'),
  counter('email.sent', '{email}'),
  counter('report.generated', '{report}'),
  counter('data.processed', '{batch}'),
  counter('payment.processed', '{payment}'),
  histogram('payment.amount', '1'),
];

const SECONDS: ReadonlyMap<string, string> = new Map([['s', '_seconds']]);

/** What Prometheus calls a metric that comes by OTLP: a unit in braces is a remark and no part of the name. */
export function prometheusName({ metric, unit, monotonic }: MetricName): string {
  const suffix = SECONDS.get(unit) ?? '';
  return `${underscored(metric)}${suffix}${monotonic ? '_total' : ''}`;
}

const BY_NAME: ReadonlyMap<string, MetricName> = new Map(
  METRICS.map((metric) => [prometheusName(metric), metric]),
);

/** The metric that Prometheus calls so; undefined for one that is in no contract. */
export function metricCalled(name: string): MetricName | undefined {
  return BY_NAME.get(name);
}
