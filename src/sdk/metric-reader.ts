import { untilDeadline } from '../delivery/deadline.js';
import type { Deadline } from '../delivery/destination.js';
import { SCOPE } from '../telemetry/providers.js';
import type { CollectedMetrics, MetricExports } from './metric-exports.js';
import type { InstrumentType } from './metrics/point.js';
import { CARDINALITY_LIMIT } from './metrics/stream.js';
import { Rounds } from './rounds.js';

interface Producer {
  collect(options?: { timeoutMillis?: number }): Promise<{ readonly resourceMetrics: CollectedMetrics }>;
}

/** A metric reader as the MeterProviders of both lines take it. */
export interface MetricReaderLike {
  setMetricProducer(producer: object): void;
  selectAggregation(instrumentType: string): { readonly type: 0 };
  selectAggregationTemporality(instrumentType: string): number;
  selectCardinalityLimit(instrumentType: string): number;
  // What it gives is of the line that it is bound to: `never` fits the types of both.
  collect(): Promise<never>;
  forceFlush(): Promise<void>;
  shutdown(): Promise<void>;
}

/** Takes the app's own metrics to a destination, each interval. Those of the box come by its own aggregation and are left out. */
export class ForeignMetrics implements MetricReaderLike {
  readonly #exports: MetricExports;
  readonly #saw: (resource: object) => void;
  #producer: Producer | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;
  readonly #rounds = new Rounds(() => this.#flush());

  constructor(exports: MetricExports, saw: (resource: object) => void) {
    this.#exports = exports;
    this.#saw = saw;
  }

  setMetricProducer(producer: object): void {
    this.#producer = producer as Producer;
    this.#timer ??= setInterval(() => void this.forceFlush(), this.#exports.times.intervalMillis);
    (this.#timer as { unref?(): void }).unref?.();
  }

  // 0 is the SDK's AggregationType.DEFAULT.
  selectAggregation(): { readonly type: 0 } {
    return { type: 0 };
  }

  selectAggregationTemporality(instrumentType: string): number {
    return this.#exports.temporality(instrumentType as InstrumentType);
  }

  // The SDK's own default for readers that say nothing.
  selectCardinalityLimit(): number {
    return CARDINALITY_LIMIT;
  }

  async collect(): Promise<never> {
    return { resourceMetrics: await this.#collect(), errors: [] } as never;
  }

  async #collect(): Promise<CollectedMetrics> {
    const collected = await this.#producer?.collect({ timeoutMillis: this.#exports.times.timeoutMillis });
    if (!collected) return { resource: {}, scopeMetrics: [] };
    const { resource, scopeMetrics } = collected.resourceMetrics;
    this.#saw(resource);
    const others = scopeMetrics.filter(({ scope }) => (scope as { name?: string }).name !== SCOPE.name);
    return { resource, scopeMetrics: others };
  }

  /** The app's provider and the box both flush it, often at the same time: then one round does for both. */
  forceFlush(): Promise<void> {
    return this.#rounds.ask();
  }

  async #flush(): Promise<void> {
    try {
      if (!this.#producer) return;
      await this.#exports.send(await this.#collect());
    } catch {
      // The SDK's producer throws where its provider is shut down: there is nothing to take any more.
    }
  }

  shutdown(): Promise<void> {
    clearInterval(this.#timer);
    return this.#rounds.end();
  }

  flushBy(deadline: Deadline): Promise<void> {
    return untilDeadline(this.forceFlush(), deadline);
  }
}
