import { untilDeadline } from '../delivery/deadline.js';
import type { Deadline } from '../delivery/destination.js';
import { SCOPE } from '../telemetry/scope.js';
import { JoinedRuns } from './joined-runs.js';
import type { CollectedMetrics, Metric } from './metric-batch.js';
import type { MetricExports } from './metric-exports.js';
import type { InstrumentType } from './metrics/point.js';
import { CARDINALITY_LIMIT } from './metrics/series-limit.js';
import { othersPoints } from './other-boxes-points.js';

interface Collection {
  readonly resourceMetrics: CollectedMetrics;
  readonly errors?: readonly unknown[];
}

interface Producer {
  collect(options?: { timeoutMillis?: number }): Promise<Collection>;
}

/** A metric reader as the MeterProviders of both lines take it. */
export interface MetricReaderLike {
  setMetricProducer(producer: object): void;
  // Each SDK line has its own result type, and `never` fits both. `collect()` does the same.
  selectAggregation(instrumentType: string): never;
  selectAggregationTemporality(instrumentType: string): number;
  selectCardinalityLimit(instrumentType: string): number;
  collect(): Promise<never>;
  forceFlush(): Promise<void>;
  shutdown(): Promise<void>;
}

/** What a reader of the app's own metrics needs from the box. */
export interface ForeignOptions {
  /** Receives the app's resource. */
  readonly saw: (resource: object) => void;
  /** Whether the box gives measurements of that instrument to the app's own SDK. */
  readonly handed: (instrument: string) => boolean;
  /** All readers that are bound to a producer. */
  readonly living: Set<ForeignMetrics>;
}

const NOTHING: CollectedMetrics = { resource: {}, scopeMetrics: [] };

/**
 * Collects the app's own metrics for a destination at each interval. It leaves out the box's own metrics, which come from the box's
 * aggregation.
 */
export class ForeignMetrics implements MetricReaderLike {
  readonly #exports: MetricExports;
  readonly #options: ForeignOptions;
  readonly #own = new Set<string>();
  #producer: Producer | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;
  #runs = new JoinedRuns(() => this.#flush());

  constructor(exports: MetricExports, options: ForeignOptions) {
    this.#exports = exports;
    this.#options = options;
  }

  /** A new producer restarts the reader: an app may start another SDK with the same options. */
  setMetricProducer(producer: object): void {
    clearInterval(this.#timer);
    this.#producer = producer as Producer;
    this.#runs = new JoinedRuns(() => this.#flush());
    this.#options.living.add(this);
    if (this.#exports.ending) return;
    this.#timer = setInterval(() => void this.forceFlush(), this.#exports.times.intervalMillis);
    (this.#timer as { unref?(): void }).unref?.();
  }

  selectAggregation(instrumentType: string): never {
    return this.#exports.aggregation(instrumentType as InstrumentType) as never;
  }

  selectAggregationTemporality(instrumentType: string): number {
    return this.#exports.temporality(instrumentType as InstrumentType);
  }

  // The SDK's default for readers that set no limit.
  selectCardinalityLimit(): number {
    return CARDINALITY_LIMIT;
  }

  async collect(): Promise<never> {
    return (await this.#collect()) as never;
  }

  async #collect(): Promise<Collection> {
    const { patience, times } = this.#exports;
    const collected = await this.#producer?.collect({ timeoutMillis: patience.limit(times.timeoutMillis) });
    if (!collected) return { resourceMetrics: NOTHING, errors: [] };
    const { resource, scopeMetrics } = collected.resourceMetrics;
    this.#options.saw(resource);
    const others = scopeMetrics.map((scoped) =>
      (scoped.scope as { name?: string }).name === SCOPE.name
        ? { ...scoped, metrics: scoped.metrics.map((metric) => this.#others(metric)).filter(hasPoints) }
        : scoped,
    );
    return {
      resourceMetrics: { resource, scopeMetrics: others.filter(({ metrics }) => metrics.length > 0) },
      errors: collected.errors ?? [],
    };
  }

  #others(metric: Metric): Metric {
    const instrument = this.#exports.instrumentOf(metric.descriptor.name);
    return othersPoints(metric, instrument, this.#isOwn(instrument), this.#exports.marks);
  }

  /**
   * Whether an instrument of our scope holds measurements of this box, not only of others: the SDK adds up all boxes that feed an
   * instrument of that name. Once true, it stays true.
   */
  #isOwn(instrument: string): boolean {
    if (this.#own.has(instrument)) return true;
    // If this destination takes the instrument, the box also measures here what it gives the SDK. No instrument here means no
    // measurement there.
    const unmeasured = this.#exports.takes(instrument) && !this.#exports.has(instrument);
    if (unmeasured || !this.#options.handed(instrument)) return false;
    this.#own.add(instrument);
    return true;
  }

  /** The app's provider and the box both flush the reader, often at the same time. One run then serves both. */
  forceFlush(): Promise<void> {
    return this.#runs.ask();
  }

  async #flush(): Promise<void> {
    try {
      // If a shutdown gives up this collection, it is still exported when it comes in time.
      await this.#exports.patience.within(() => this.#take());
    } catch {
      // The SDK's producer throws after the shutdown of its provider. Nothing is left to collect then.
    }
  }

  async #take(): Promise<void> {
    if (!this.#producer) return;
    await this.#exports.resourceReady();
    const { resourceMetrics, errors = [] } = await this.#collect();
    for (const error of errors) this.#exports.missed(error);
    await this.#exports.send(resourceMetrics);
  }

  async shutdown(): Promise<void> {
    clearInterval(this.#timer);
    const runs = this.#runs;
    await runs.end();
    // A new producer may have come meanwhile.
    if (runs !== this.#runs) return;
    this.#producer = undefined;
    this.#options.living.delete(this);
  }

  flushBy(deadline: Deadline): Promise<void> {
    return untilDeadline(this.forceFlush(), deadline);
  }
}

function hasPoints({ dataPoints }: Metric): boolean {
  return dataPoints.length > 0;
}
