import * as exampleSignals from '../../examples/job-queue/signals.js';
import * as enqueueSignals from '../../src/jobs/enqueue-signals.js';
import * as jobSignals from '../../src/jobs/job-signals.js';
import * as queueSignals from '../../src/jobs/queue-signals.js';
import * as scheduleSignals from '../../src/jobs/schedule-signals.js';
import { ATTR } from '../../src/jobs/semconv.js';
import type { AnySignal } from '../../src/signal/signal.js';
import { readRecords } from '../e2e/dashboards/record.js';
import { indexLabels } from '../e2e/loki/index-labels.js';
import { underscored } from '../e2e/read/keys.js';
import type { Emitted } from './emitted.js';
import { emittedMetrics } from './emitted.js';
import { filesUnder, text, yaml } from './files.js';
import type { Matcher } from './parse-query.js';
import { parseLogql, parsePromql } from './parse-query.js';

interface CollectorFile {
  readonly connectors: {
    readonly span_metrics: {
      readonly namespace: string;
      readonly dimensions: readonly { readonly name: string }[];
    };
  };
}
interface PrometheusFile {
  readonly otlp: { readonly promote_resource_attributes: readonly string[] };
}

/** The span metrics' own labels, whatever dimensions are configured. */
const OF_SPANS = ['service.name', 'span.name', 'span.kind', 'status.code', 'collector.instance.id'];
/** What Prometheus makes of service.name and service.instance.id. */
const OF_PROMETHEUS = ['job', 'instance'];
const OF_ALERTS = ['alertname', 'alertstate', 'severity'];

/** What is sent, and so what a query may name. Nothing of it is written down here a second time. */
export interface Known {
  readonly emitted: readonly Emitted[];
  /** Names in a query of Prometheus that nobody sends, with the metric that lacks them. */
  readonly unknownInPromql: (expr: string) => string[];
  readonly unknownInLogql: (expr: string) => string[];
}

export async function knownNames(): Promise<Known> {
  const emitted = await emittedMetrics();
  const { promote_resource_attributes: promoted } = yaml<PrometheusFile>(
    'deploy/prometheus/prometheus.yml',
  ).otlp;
  const resource = promoted.map(underscored);
  const labelsOf = new Map<string, ReadonlySet<string>>();
  for (const { series, labels } of emitted)
    for (const one of series) labelsOf.set(one, new Set([...labels, ...resource, ...OF_PROMETHEUS]));
  for (const [name, labels] of spanMetrics()) labelsOf.set(name, labels);
  for (const [name, labels] of recordedMetrics()) labelsOf.set(name, labels);
  labelsOf.set('ALERTS', new Set([...OF_ALERTS, ...[...labelsOf.values()].flatMap((labels) => [...labels])]));
  const values = valuesInSource();
  return {
    emitted,
    unknownInPromql: (expr) => unknownInPromql(expr, labelsOf, values),
    unknownInLogql: (expr) => unknownInLogql(expr, values),
  };
}

/** What rules record, with the labels that they keep. */
function recordedMetrics(): [string, ReadonlySet<string>][] {
  // A record of all types is asked for by a job type too: it is there where any is chosen.
  return readRecords().map(({ record, expr }) => [
    record,
    new Set([...parsePromql(expr).grouped, 'job_type']),
  ]);
}

function spanMetrics(): [string, ReadonlySet<string>][] {
  const { namespace, dimensions } = yaml<CollectorFile>('otel-collector.yaml').connectors.span_metrics;
  const labels = new Set([...OF_SPANS, ...dimensions.map(({ name }) => name)].map(underscored));
  const parts = ['duration_seconds_bucket', 'duration_seconds_count', 'duration_seconds_sum', 'calls_total'];
  return parts.map((part) => [`${underscored(namespace)}_${part}`, new Set([...labels, 'le'])]);
}

function unknownInPromql(
  expr: string,
  labelsOf: ReadonlyMap<string, ReadonlySet<string>>,
  values: ReadonlySet<string>,
): string[] {
  const { selectors, grouped } = parsePromql(expr);
  const unknown: string[] = [];
  const all = new Set<string>();
  for (const { metric, matchers } of selectors) {
    const named = metric === undefined ? matchers.filter(({ label }) => label === '__name__') : [];
    const metrics = metric === undefined ? named.flatMap((one) => one.values) : [metric];
    if (metrics.length === 0) unknown.push('a selector without a metric');
    // A label of one of them is enough where several are asked at once.
    const labels = new Set(metrics.flatMap((one) => [...(labelsOf.get(one) ?? [])]));
    for (const label of labels) all.add(label);
    unknown.push(...metrics.filter((one) => !labelsOf.has(one)));
    for (const matcher of matchers.filter((one) => !named.includes(one))) {
      if (!labels.has(matcher.label)) unknown.push(`${metrics.join('|')}{${matcher.label}}`);
      unknown.push(...unknownValues(matcher, values));
    }
  }
  unknown.push(...grouped.filter((label) => !all.has(label)).map((label) => `by (${label})`));
  return [...new Set(unknown)];
}

const signals: readonly AnySignal[] = [
  enqueueSignals,
  jobSignals,
  queueSignals,
  scheduleSignals,
  exampleSignals,
].flatMap((module) => Object.values(module) as AnySignal[]);
const EVENTS = new Set(signals.map(({ event }) => event));
const ATTRIBUTES = new Set([
  ...['event_name', 'trace_id', 'span_id'],
  ...Object.values(ATTR).map(underscored),
  ...signals.flatMap(({ fields }) =>
    Object.values(fields).map(({ attribute }) => underscored(attribute ?? '')),
  ),
]);

function unknownInLogql(expr: string, values: ReadonlySet<string>): string[] {
  const streams = new Set(indexLabels.map(underscored));
  const parsed = parseLogql(expr);
  return [
    ...parsed.streams.filter(({ label }) => !streams.has(label)).map(({ label }) => `{${label}}`),
    ...parsed.pipe.filter(({ label }) => !ATTRIBUTES.has(label)).map(({ label }) => label),
    ...parsed.grouped.filter((label) => !ATTRIBUTES.has(label)).map((label) => `by (${label})`),
    ...parsed.pipe.flatMap((matcher) =>
      matcher.label === 'event_name'
        ? matcher.values.filter((value) => !EVENTS.has(value))
        : unknownValues(matcher, values),
    ),
  ];
}

/** Names that a user, and not the library, gives. */
const FREE = new Set([
  'span_name',
  'alertname',
  'alertstate',
  'service_name',
  'error_type',
  'job_id',
  'job_type',
  'worker_id',
  'trace_id',
]);

function unknownValues({ label, values }: Matcher, known: ReadonlySet<string>): string[] {
  if (FREE.has(label)) return [];
  return values.filter((value) => !known.has(value)).map((value) => `${label}="${value}"`);
}

/** Every text that the library's source has between quotes: values of labels are among them. */
function valuesInSource(): ReadonlySet<string> {
  const files = filesUnder('src').filter((path) => path.endsWith('.ts'));
  return new Set(
    files.flatMap((path) => [...text(path).matchAll(/'([\w-]+)'/g)].map(([, value = '']) => value)),
  );
}
