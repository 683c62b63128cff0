import { SignalboxError, shown } from '../signal/signalbox-error.js';
import type { LogExporterLike, MetricExporterLike, SpanExporterLike } from './exporter-like.js';

/** Exporters as a user gave them. */
interface Exporters {
  readonly logs?: LogExporterLike;
  readonly spans?: SpanExporterLike;
  readonly metrics?: MetricExporterLike;
}

/** Parts of an SDK that users mistake for exporters: the method that identifies each, what it is, and where it belongs. */
const OTHERS: readonly (readonly [method: string, what: string, fix: string])[] = [
  [
    'setMetricProducer',
    'a metric reader: it collects from an SDK',
    "Give it to the app's SDK (`metricReaders`), and route signals to 'otel' for it; give a push exporter here, as in new OTLPMetricExporter().",
  ],
  [
    'onEnd',
    'a span processor',
    'Give the exporter that is in it, as in new OTLPTraceExporter(): this destination has a queue and batches of its own.',
  ],
  [
    'onEmit',
    'a log record processor',
    'Give the exporter that is in it, as in new OTLPLogExporter(): this destination has a queue and batches of its own.',
  ],
];

/** Checks that there is at least one exporter, and that each one given is an exporter. Throws a {@link SignalboxError}. */
export function checkExporters<E extends Exporters>(options: E): E {
  if (!(options.logs ?? options.spans ?? options.metrics)) {
    throw new SignalboxError('exporters: there is no exporter. Give at least one of logs, spans, metrics.');
  }
  for (const key of ['logs', 'spans', 'metrics'] as const) {
    const exporter: unknown = options[key];
    if (exporter === undefined || isFunction(exporter, 'export')) continue;
    const other = OTHERS.find(([method]) => isFunction(exporter, method));
    if (other) throw new SignalboxError(`exporters: ${key} is ${named(exporter)}${other[1]}. ${other[2]}`);
    throw new SignalboxError(
      `exporters: ${key} is ${shown(exporter)}. Give an exporter, as in new OTLPLogExporter(): something with an export method.`,
    );
  }
  return options;
}

function isFunction(value: unknown, method: string): boolean {
  return typeof (value as Readonly<Record<string, unknown>> | null)?.[method] === 'function';
}

/** `a PrometheusExporter, ` for a value whose class has that name. */
function named(value: unknown): string {
  const { name } = (value as object).constructor ?? {};
  return typeof name === 'string' && name !== '' && name !== 'Object' ? `a ${name}, ` : '';
}
