import type { Attributes, ObservableCallback } from '@opentelemetry/api';
import { hrTime } from '../../telemetry/clock.js';
import type { Accumulator, Series } from './accumulator.js';
import { keyOf, Last, Sum } from './accumulator.js';
import type { DataPoint, InstrumentType, MetricData } from './point.js';
import { CUMULATIVE, DELTA, DOUBLE, GAUGE_POINTS, HISTOGRAM_POINTS, SUM_POINTS } from './point.js';

/** Series of one instrument at most; the rest share one, as the metrics SDK specification says. */
export const CARDINALITY_LIMIT = 2000;
const OVERFLOW: Attributes = { 'otel.metric.overflow': true };
const OVERFLOW_KEY = keyOf(OVERFLOW);

/** Someone who collects: with its own idea of temporality, and its own last time. */
export interface Collector {
  temporality(type: InstrumentType): number;
  /** Epoch milliseconds of the last collection. */
  collectedAt: number | undefined;
}

/** What an instrument is. */
export interface StreamDescriptor {
  readonly name: string;
  readonly description: string;
  readonly unit: string;
  readonly type: InstrumentType;
}

/** Points of one instrument for one collector. */
export interface Stream {
  readonly descriptor: StreamDescriptor;
  collect(collector: Collector, now: number): Promise<MetricData | undefined>;
}

/** The measurements of a synchronous instrument: one accumulator a series, whoever collects it how often. */
export class RecordedStream implements Stream {
  readonly descriptor: StreamDescriptor;
  readonly #make: () => Accumulator;
  readonly #now: () => number;
  readonly #overflowed: () => void;
  /** Since anyone last collected. */
  #current = new Map<string, Series>();
  /** What each collector has not reported (delta), or all there is (cumulative). */
  readonly #kept = new Map<Collector, Map<string, Series>>();
  readonly #known = new Set<string>();

  constructor(
    descriptor: StreamDescriptor,
    make: () => Accumulator,
    now: () => number,
    overflowed: () => void,
  ) {
    this.descriptor = descriptor;
    this.#make = make;
    this.#now = now;
    this.#overflowed = overflowed;
  }

  record(value: number, attributes: Attributes): void {
    const key = keyOf(attributes);
    const series = this.#current.get(key) ?? this.#open(key, attributes);
    series.sum.record(value);
  }

  #open(key: string, attributes: Attributes): Series {
    if (!this.#known.has(key) && this.#known.size >= CARDINALITY_LIMIT - 1) {
      this.#overflowed();
      return this.#current.get(OVERFLOW_KEY) ?? this.#add(OVERFLOW_KEY, OVERFLOW);
    }
    this.#known.add(key);
    return this.#add(key, { ...attributes });
  }

  #add(key: string, attributes: Attributes): Series {
    const series = { attributes, start: this.#now(), sum: this.#make() };
    this.#current.set(key, series);
    return series;
  }

  /** Begins to keep for a collector what is recorded from now on. */
  keepFor(collector: Collector): void {
    if (!this.#kept.has(collector)) this.#kept.set(collector, new Map());
  }

  collect(collector: Collector, now: number): Promise<MetricData | undefined> {
    this.keepFor(collector);
    this.#hand();
    const kept = this.#kept.get(collector) as Map<string, Series>;
    const temporality = collector.temporality(this.descriptor.type);
    const points = [...kept.values()].map((series): DataPoint => {
      const start = temporality === DELTA ? Math.max(series.start, collector.collectedAt ?? 0) : series.start;
      return {
        startTime: hrTime(start),
        endTime: hrTime(now),
        attributes: series.attributes,
        value: series.sum.value(),
      };
    });
    if (temporality === DELTA) {
      kept.clear();
      this.#forget();
    }
    return Promise.resolve(metricOf(this.descriptor, temporality, points));
  }

  // Each collector gets a copy of what came since anyone last collected.
  #hand(): void {
    for (const kept of this.#kept.values()) {
      for (const [key, series] of this.#current) {
        const before = kept.get(key);
        if (before) before.sum.merge(series.sum);
        else kept.set(key, { ...series, sum: series.sum.copy() });
      }
    }
    this.#current = new Map();
  }

  // A series that nobody keeps any more makes room for another.
  #forget(): void {
    for (const key of this.#known) {
      let needed = false;
      for (const kept of this.#kept.values()) needed ||= kept.has(key);
      if (!needed) this.#known.delete(key);
    }
  }
}

/** The observations of an asynchronous instrument: made when it is collected. */
export class ObservedStream implements Stream {
  readonly descriptor: StreamDescriptor;
  readonly #callbacks = new Set<ObservableCallback>();
  readonly #first = new Map<string, number>();
  readonly #reported = new Map<Collector, Map<string, number>>();
  readonly #failed: (error: unknown) => void;
  readonly #overflowed: () => void;

  constructor(descriptor: StreamDescriptor, failed: (error: unknown) => void, overflowed: () => void) {
    this.descriptor = descriptor;
    this.#failed = failed;
    this.#overflowed = overflowed;
  }

  add(callback: ObservableCallback): void {
    this.#callbacks.add(callback);
  }

  remove(callback: ObservableCallback): void {
    this.#callbacks.delete(callback);
  }

  async collect(collector: Collector, now: number): Promise<MetricData | undefined> {
    const observed = await this.#observe();
    const temporality = collector.temporality(this.descriptor.type);
    const before = this.#reported.get(collector) ?? new Map<string, number>();
    const difference = temporality === DELTA && this.descriptor.type !== 'OBSERVABLE_GAUGE';
    const points: DataPoint[] = [];
    for (const [key, { attributes, value }] of observed) {
      const first = this.#first.get(key) ?? now;
      this.#first.set(key, first);
      const start = temporality === DELTA ? Math.max(first, collector.collectedAt ?? 0) : first;
      // A counter that was reset counts from zero again.
      const last = before.get(key) ?? 0;
      const reset = this.descriptor.type === 'OBSERVABLE_COUNTER' && value < last;
      points.push({
        startTime: hrTime(start),
        endTime: hrTime(now),
        attributes,
        value: difference && !reset ? value - last : value,
      });
      before.set(key, value);
    }
    this.#reported.set(collector, before);
    return metricOf(this.descriptor, temporality, points);
  }

  async #observe(): Promise<Map<string, { readonly attributes: Attributes; readonly value: number }>> {
    const observed = new Map<string, { attributes: Attributes; value: number }>();
    const observe = (value: number, attributes: Attributes = {}): void => {
      if (typeof value !== 'number' || Number.isNaN(value)) return;
      const key = keyOf(attributes);
      if (observed.has(key) || observed.size < CARDINALITY_LIMIT - 1)
        observed.set(key, { attributes, value });
      else {
        this.#overflowed();
        observed.set(OVERFLOW_KEY, { attributes: OVERFLOW, value });
      }
    };
    for (const callback of this.#callbacks) {
      try {
        await callback({ observe });
      } catch (error) {
        this.#failed(error);
      }
    }
    return observed;
  }
}

export function accumulatorOf(type: InstrumentType): new () => Accumulator {
  return type === 'GAUGE' ? Last : Sum;
}

function metricOf(
  descriptor: StreamDescriptor,
  temporality: number,
  points: readonly DataPoint[],
): MetricData | undefined {
  if (points.length === 0) return undefined;
  const common = {
    descriptor: { ...descriptor, valueType: DOUBLE, advice: {} },
    aggregationTemporality: temporality === DELTA ? DELTA : CUMULATIVE,
    dataPoints: points,
  };
  switch (descriptor.type) {
    case 'HISTOGRAM':
      return { ...common, dataPointType: HISTOGRAM_POINTS };
    case 'GAUGE':
    case 'OBSERVABLE_GAUGE':
      return { ...common, dataPointType: GAUGE_POINTS };
    case 'COUNTER':
    case 'OBSERVABLE_COUNTER':
      return { ...common, dataPointType: SUM_POINTS, isMonotonic: true };
    default:
      return { ...common, dataPointType: SUM_POINTS, isMonotonic: false };
  }
}
