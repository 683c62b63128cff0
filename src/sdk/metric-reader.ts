import type { Deadline } from '../delivery/destination.js';
import { untilDeadline } from '../delivery/turn.js';
import { SCOPE } from '../telemetry/providers.js';
import type { CollectedMetrics, MetricExports } from './metric-exports.js';
import type { InstrumentType } from './metrics/point.js';

interface Producer {
  collect(options?: { timeoutMillis?: number }): Promise<{ readonly resourceMetrics: CollectedMetrics }>;
}

/** A metric reader as the MeterProviders of both lines take it. */
export interface MetricReaderLike {
  setMetricProducer(producer: object): void;
  selectAggregation(instrumentType: string): { readonly type: 0 };
  selectAggregationTemporality(instrumentType: string): number;
  collect(): Promise<{ readonly resourceMetrics: CollectedMetrics; readonly errors: readonly unknown[] }>;
  forceFlush(): Promise<void>;
  shutdown(): Promise<void>;
}

/** Takes the app's own metrics to a destination, each interval. Those of the box come by its own aggregation and are left out. */
export class ForeignMetrics implements MetricReaderLike {
  readonly #exports: MetricExports;
  readonly #saw: (resource: object) => void;
  #producer: Producer | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;
  #flushing: Promise<void> | undefined;

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

  async collect(): Promise<{
    readonly resourceMetrics: CollectedMetrics;
    readonly errors: readonly unknown[];
  }> {
    const collected = await this.#producer?.collect({ timeoutMillis: this.#exports.times.timeoutMillis });
    const all = collected?.resourceMetrics ?? { resource: {}, scopeMetrics: [] };
    this.#saw(all.resource);
    const others = all.scopeMetrics.filter(({ scope }) => (scope as { name?: string }).name !== SCOPE.name);
    return { resourceMetrics: { resource: all.resource, scopeMetrics: others }, errors: [] };
  }

  /** The app's provider and the box both flush it, often at the same time: once is enough. */
  forceFlush(): Promise<void> {
    this.#flushing ??= this.#flush().finally(() => {
      this.#flushing = undefined;
    });
    return this.#flushing;
  }

  async #flush(): Promise<void> {
    try {
      if (!this.#producer) return;
      const { resourceMetrics } = await this.collect();
      await this.#exports.send(resourceMetrics);
    } catch {
      // The SDK's producer throws where its provider is shut down: there is nothing to take any more.
    }
  }

  async shutdown(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    await this.forceFlush();
    this.#producer = undefined;
  }

  async flushBy(deadline: Deadline): Promise<void> {
    await untilDeadline(this.forceFlush(), deadline);
  }
}
