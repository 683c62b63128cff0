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
  // What it gives is of the line that it is bound to: `never` fits the types of both. So it is below.
  selectAggregation(instrumentType: string): never;
  selectAggregationTemporality(instrumentType: string): number;
  selectCardinalityLimit(instrumentType: string): number;
  collect(): Promise<never>;
  forceFlush(): Promise<void>;
  shutdown(): Promise<void>;
}

/** What a reader of the app's own metrics has to know. */
export interface ForeignOptions {
  /** Is told the app's resource. */
  readonly saw: (resource: object) => void;
  /** Whether the box gives measurements of that instrument to the app's own SDK. */
  readonly handed: (instrument: string) => boolean;
  /** All that read now. */
  readonly living: Set<ForeignMetrics>;
}

const NOTHING: CollectedMetrics = { resource: {}, scopeMetrics: [] };

/** Takes the app's own metrics to a destination, each interval. Those of the box come by its own aggregation and are left out. */
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

  /** A new producer is a new life: an app may start another SDK with the options that it has. */
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

  // The SDK's own default for readers that say nothing.
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
   * Whether an instrument of our scope holds measurements of this box, and not only of others: the SDK adds up all boxes that give it
   * one of the same name. Once it does, it does for good.
   */
  #isOwn(instrument: string): boolean {
    if (this.#own.has(instrument)) return true;
    // What it gives the SDK beside this destination is measured here too.
    const unmeasured = this.#exports.takes(instrument) && !this.#exports.has(instrument);
    if (unmeasured || !this.#options.handed(instrument)) return false;
    this.#own.add(instrument);
    return true;
  }

  /** The app's provider and the box both flush it, often at the same time: then one run does for both. */
  forceFlush(): Promise<void> {
    return this.#runs.ask();
  }

  async #flush(): Promise<void> {
    try {
      // Given up at a shutdown, what it collects is exported all the same if it comes in time.
      await this.#exports.patience.within(() => this.#take());
    } catch {
      // The SDK's producer throws where its provider is shut down: there is nothing to take any more.
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
    // It may have begun anew meanwhile.
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
