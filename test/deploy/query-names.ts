import * as exampleSignals from '../../examples/job-queue/signals.js';
import * as enqueueSignals from '../../src/jobs/enqueue-signals.js';
import * as queueSignals from '../../src/jobs/queue-signals.js';
import { ATTR, METRIC } from '../../src/jobs/semconv.js';
import * as jobSignals from '../../src/jobs/signals.js';
import type { AnySignal } from '../../src/signal/signal.js';
import { underscored } from '../e2e/read/keys.js';

/** Of the library, with the unit that Prometheus puts behind the name. */
const SECONDS = new Set<string>([
  METRIC.processDuration,
  METRIC.waitDuration,
  METRIC.turnaround,
  METRIC.oldestActiveAge,
  METRIC.queueOldestAge,
  METRIC.workerBusyTime,
]);
const COUNTERS = new Set<string>([
  METRIC.enqueued,
  METRIC.rejected,
  METRIC.retries,
  METRIC.ended,
  METRIC.stalled,
  METRIC.workerBusyTime,
  'signalbox.items',
]);
const HISTOGRAMS = new Set<string>([METRIC.processDuration, METRIC.waitDuration, METRIC.turnaround]);

/** Every metric of the contract. */
export const CONTRACT_METRICS: readonly string[] = [
  ...Object.values(METRIC),
  'signalbox.items',
  'signalbox.queue.size',
  'signalbox.queue.capacity',
];

/** What a metric of the contract is called in Prometheus, its parts included. */
export function prometheusNames(metric: string): string[] {
  const base = `${underscored(metric)}${SECONDS.has(metric) ? '_seconds' : ''}`;
  if (HISTOGRAMS.has(metric)) return ['_bucket', '_count', '_sum'].map((part) => base + part);
  return [COUNTERS.has(metric) ? `${base}_total` : base];
}

const signals: readonly AnySignal[] = [
  ...Object.values(enqueueSignals),
  ...Object.values(jobSignals),
  ...Object.values(queueSignals),
  ...Object.values(exampleSignals),
] as AnySignal[];

/** What signalbox, the collector's span metrics, Prometheus and Loki name. */
const SENT = new Set<string>([
  ...CONTRACT_METRICS.flatMap(prometheusNames),
  ...Object.values(ATTR).map(underscored),
  ...signals.flatMap(({ fields }) =>
    Object.values(fields).map(({ attribute }) => underscored(attribute ?? '')),
  ),
  ...['destination', 'channel', 'outcome', 'drop_reason'].map((key) => `signalbox_${key}`),
  ...['messaging_operation_name'],
  // The collector's connector for span metrics.
  ...['bucket', 'count', 'sum'].map((part) => `traces_span_metrics_duration_seconds_${part}`),
  ...['traces_span_metrics_calls_total', 'span_kind', 'span_name', 'status_code'],
  // Resource attributes that Prometheus promotes, and labels of Prometheus and Loki themselves.
  ...['service_name', 'service_instance_id', 'le', 'ALERTS', 'alertname', 'alertstate', 'severity'],
  ...['event_name', 'trace_id', 'span_id'],
]);

const WORDS = new Set(
  `sum by max min avg count rate increase delta deriv and or unless on offset vector histogram_quantile
   last_over_time avg_over_time count_over_time topk clamp_min`.split(/\s+/),
);

/** Metrics and labels in an expression of PromQL or LogQL. */
export function namesIn(expr: string): string[] {
  const bare = expr
    .replaceAll(/"[^"]*"/g, '')
    .replaceAll(/\[[^\]]*\]/g, '')
    .replaceAll(/\$\w+/g, '')
    .replaceAll(/\boffset \w+/g, '');
  return [...new Set(bare.match(/[A-Za-z_]\w*/g) ?? [])].filter((name) => !WORDS.has(name));
}

/** Whether nobody sends this name. */
export function isUnknown(name: string): boolean {
  return !SENT.has(name);
}
