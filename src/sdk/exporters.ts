import type { Channel } from '../delivery/account.js';
import { defaultCapacity, defaultCapacityBytes } from '../delivery/bounded-queue.js';
import type {
  Connection,
  Deadline,
  Destination,
  LogEntry,
  MetricBackend,
  QueueSize,
} from '../delivery/destination.js';
import type { RevealKey } from '../emission/reveal.js';
import type { OptionNames, Renamed } from '../signal/option-checks.js';
import { checkCount, checkMillis, checkOneOf, optionsIn, optionsOf } from '../signal/option-checks.js';
import { SignalboxError } from '../signal/signalbox-error.js';
import { SpanRoutes } from '../telemetry/span-routes.js';
import { ForeignMetrics } from './app-metric-reader.js';
import type { BatchOptions } from './batch-options.js';
import { BATCH_OPTIONS, defaultSizeBytes } from './batch-options.js';
import { checkExporters } from './check-exporters.js';
import type { LogExporterLike, MetricExporterLike, SpanExporterLike } from './exporter-like.js';
import { closer } from './exporter-users.js';
import type { ChannelPort } from './flush-channel.js';
import { LogExports } from './log-exports.js';
import type { MetricExportOptions } from './metric-export-options.js';
import { checkMetricExport } from './metric-export-options.js';
import { MetricExports } from './metric-exports.js';
import type { ViewLike } from './metrics/view.js';
import { checkViews } from './metrics/view.js';
import type { Outlet } from './pipeline.js';
import { Pipeline } from './pipeline.js';
import { readiness } from './resource-ready.js';
import { weightOfSpan } from './weigh.js';

/** Options of {@link exporters}. At least one exporter is required. */
export interface ExportersOptions {
  /** Log records of routed signals. */
  readonly logs?: LogExporterLike;
  /** Spans on which routed signals happened, and the spans that belong to them. They come through `nodeSdk` or `spanProcessor`. */
  readonly spans?: SpanExporterLike;
  /** Instruments that routed signals feed. */
  readonly metrics?: MetricExporterLike;
  /**
   * Views of the instruments that signals feed, in the shape of the SDK's `ViewOptions`: other names and buckets, labels left out,
   * limits. Default: the views given to `nodeSdk(box, { views })`. Destinations with the same list share one aggregation.
   */
  readonly views?: readonly ViewLike[];
  /** How log records and spans are batched. Each of the two has its own queue. */
  readonly batch?: BatchOptions;
  /** How metrics are exported. */
  readonly metricExport?: MetricExportOptions;
}

const WHERE = 'exporters';

const OPTIONS: OptionNames<ExportersOptions> = {
  logs: true,
  spans: true,
  metrics: true,
  views: true,
  batch: true,
  metricExport: true,
};

const RENAMED: Renamed = {
  metricIntervalMillis: 'metricExport.intervalMillis',
  metricTimeoutMillis: 'metricExport.timeoutMillis',
};

const BATCH: Required<BatchOptions> = {
  capacity: defaultCapacity,
  capacityBytes: defaultCapacityBytes,
  size: 512,
  sizeBytes: defaultSizeBytes,
  delayMillis: 1000,
  timeoutMillis: 10_000,
  inFlight: 1,
  whenFull: 'dropNewest',
};

/**
 * A destination made of OpenTelemetry exporters, of either SDK line or your own: routes decide what each gets. Every destination has
 * bounded queues of its own, and `stats()` accounts for each record and span.
 *
 * @param options The exporters, and how they are fed.
 * @throws {SignalboxError} If there is no exporter, if a value is not an exporter, or if a limit is not a positive whole number.
 * @see https://opentelemetry.io/docs/specs/otel/protocol/exporter/
 *
 * @example
 * ```ts
 * import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http';
 * import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
 * import { createSignalbox } from 'signalbox';
 * import { exporters } from 'signalbox/sdk';
 *
 * const box = createSignalbox({
 *   destinations: { collector: exporters({ logs: new OTLPLogExporter(), spans: new OTLPTraceExporter() }) },
 *   otherTelemetry: 'collector',
 * });
 * ```
 */
export function exporters(options: ExportersOptions): Destination {
  const { logs, spans, metrics } = checkExporters(optionsOf(WHERE, options, OPTIONS, RENAMED));
  const batch = checkBatch(options.batch);
  const views = options.views === undefined ? undefined : checkViews('exporters', options.views);
  const times = checkMetricExport(WHERE, options.metricExport);
  const channels: Channel[] = [];
  if (logs) channels.push('logs');
  if (spans) channels.push('spans', 'spanEvents');
  if (metrics) channels.push('metrics');
  return {
    kind: 'exporters',
    channels,
    spanRouting: (names, always, lost) => new SpanRoutes(names, always, lost),
    connect: (connection) =>
      new ExportersPort(
        logs && new LogExports(logs, connection, batch),
        spans && spanPipeline(spans, connection, batch),
        metrics && new MetricExports(metrics, connection, times, views),
      ),
  };
}

class ExportersPort implements ChannelPort {
  readonly kind = 'exporters';
  readonly #logs: LogExports | undefined;
  readonly #spans: Pipeline<object> | undefined;
  readonly #metrics: MetricExports | undefined;
  readonly #readers = new Set<ForeignMetrics>();

  constructor(
    logs: LogExports | undefined,
    spans: Pipeline<object> | undefined,
    metrics: MetricExports | undefined,
  ) {
    this.#logs = logs;
    this.#spans = spans;
    this.#metrics = metrics;
  }

  get metrics(): MetricBackend | undefined {
    return this.#metrics?.backend;
  }

  views(views: readonly object[]): void {
    this.#metrics?.views(views);
  }

  log(entry: LogEntry, reveal: RevealKey): void {
    this.#logs?.signal(entry, reveal);
  }

  record(record: object): void {
    this.#logs?.foreign(record);
  }

  span(span: object): void {
    this.#spans?.push(span, weightOfSpan(span));
  }

  /**
   * Makes a new reader for each SDK. `handed` says whether the box gives an instrument's measurements to the app's SDK as well. By
   * default the reader assumes this of every instrument.
   */
  reader(
    saw: (resource: object) => void = () => {},
    handed: (instrument: string) => boolean = () => true,
  ): object | undefined {
    return this.#metrics && new ForeignMetrics(this.#metrics, { saw, handed, living: this.#readers });
  }

  queue(): QueueSize {
    const pipelines = this.#pipelines();
    const total = (of: (pipeline: Pipeline<object>) => number): number =>
      pipelines.reduce((sum, pipeline) => sum + of(pipeline), 0);
    return {
      size: total((p) => p.size),
      capacity: total((p) => p.capacity),
      bytes: total((p) => p.bytes),
      capacityBytes: total((p) => p.capacityBytes),
    };
  }

  async forceFlush(deadline: Deadline): Promise<void> {
    await Promise.all([
      ...this.#pipelines().map((p) => p.forceFlush(deadline)),
      ...[...this.#readers].map((reader) => reader.flushBy(deadline)),
      this.#metrics?.forceFlush(deadline),
    ]);
  }

  /** Flushes the records or the spans alone. A processor of the app's SDK asks for no more. */
  async flushChannel(channel: 'logs' | 'spans', deadline: Deadline): Promise<void> {
    await (channel === 'logs' ? this.#logs?.pipeline : this.#spans)?.forceFlush(deadline);
  }

  async shutdown(deadline: Deadline): Promise<void> {
    await Promise.all([
      ...this.#pipelines().map((p) => p.shutdown(deadline)),
      this.#metrics?.shutdown(deadline, () =>
        Promise.all([...this.#readers].map((reader) => reader.shutdown())),
      ),
    ]);
  }

  #pipelines(): Pipeline<object>[] {
    return [this.#logs?.pipeline, this.#spans].filter((p) => p !== undefined);
  }
}

function spanPipeline(
  exporter: SpanExporterLike,
  connection: Connection,
  batch: Required<BatchOptions>,
): Pipeline<object> {
  const outlet: Outlet<object> = {
    export: (spans, done) => exporter.export(spans as never[], done),
    ready: readiness(connection, batch.timeoutMillis),
    forceFlush: () => exporter.forceFlush?.(),
    shutdown: closer(exporter),
  };
  return new Pipeline<object>(outlet, 'spans', connection, batch);
}

function checkBatch(given: BatchOptions | undefined): Required<BatchOptions> {
  const read = optionsIn(WHERE, 'batch', given, BATCH_OPTIONS);
  const stated = Object.entries(read).filter(([, value]) => value !== undefined);
  const batch: Required<BatchOptions> = { ...BATCH, ...Object.fromEntries(stated) };
  const { whenFull, ...numbers } = batch;
  for (const [key, value] of Object.entries(numbers)) checkNumber(`batch.${key}`, value);
  checkOneOf(WHERE, 'batch.whenFull', whenFull, ['dropNewest', 'dropOldest']);
  // The default of `sizeBytes` shrinks with a small queue. Only an explicit value can contradict it.
  if (given?.sizeBytes === undefined)
    return within('size', 'capacity', {
      ...batch,
      sizeBytes: Math.min(batch.sizeBytes, batch.capacityBytes),
    });
  return within('sizeBytes', 'capacityBytes', within('size', 'capacity', batch));
}

function checkNumber(option: string, value: number): void {
  checkCount(WHERE, option, value);
  if (option.endsWith('Millis')) checkMillis(WHERE, option, value);
}

function within(
  part: 'size' | 'sizeBytes',
  whole: 'capacity' | 'capacityBytes',
  batch: Required<BatchOptions>,
): Required<BatchOptions> {
  if (batch[part] <= batch[whole]) return batch;
  throw new SignalboxError(
    `exporters: batch.${part} is ${batch[part]}, more than batch.${whole}, ${batch[whole]}. Give a smaller ${part}.`,
  );
}
