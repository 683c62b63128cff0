import type { Attributes } from '@opentelemetry/api';
import type { Accumulator, Series } from './accumulator.js';
import { keyOf, Last, Sum } from './accumulator.js';
import type { Labels } from './labels.js';
import { LABEL_BYTES, labelBytes, ownLabels } from './labels.js';
import type { DataPoint, InstrumentType, MetricData } from './point.js';
import { CUMULATIVE, DELTA, DOUBLE, GAUGE_POINTS, HISTOGRAM_POINTS, lasting, SUM_POINTS } from './point.js';

/** Series of one instrument at most; the rest share one, as the metrics SDK specification says. */
export const CARDINALITY_LIMIT = 2000;
export const OVERFLOW: Attributes = { 'otel.metric.overflow': true };
export const OVERFLOW_KEY: string = keyOf(OVERFLOW);

/** Someone who collects, with its own idea of temporality. What it has been told of each instrument is the stream's to know. */
export interface Collector {
  temporality(type: InstrumentType): number;
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
  /** Begins to keep for a collector what is measured from now on. */
  keepFor(collector: Collector): void;
  collect(collector: Collector, now: number, timeoutMillis: number): Promise<MetricData | undefined>;
}

/** What a stream tells of itself. */
export interface StreamEvents {
  /** A measurement went to the overflow series. */
  overflowed(): void;
  /** A value was refused: it is not finite, or its sum would not be. */
  refused(): void;
}

/** Smaller sums than this can be merged into any finite one: it stays finite. */
const LARGE = 1e290;

/** What one collector has still to be told of an instrument, and what it was told last. */
interface Kept {
  /** What it was not told (delta), or all there is (cumulative). */
  readonly series: Map<string, Series>;
  /** Epoch milliseconds of its last collection. */
  toldAt: number;
  told: ReadonlySet<string>;
}

/** The measurements of a synchronous instrument: one accumulator a series, whoever collects it how often. */
export class RecordedStream implements Stream {
  readonly descriptor: StreamDescriptor;
  readonly #make: () => Accumulator;
  readonly #now: () => number;
  readonly #events: StreamEvents;
  /** Since anyone last collected. */
  #current = new Map<string, Series>();
  readonly #kept = new Map<Collector, Kept>();
  /** The series that anyone keeps. */
  readonly #known = new Map<string, Labels>();
  #labelBytes = 0;

  constructor(
    descriptor: StreamDescriptor,
    make: () => Accumulator,
    now: () => number,
    events: StreamEvents,
  ) {
    this.descriptor = descriptor;
    this.#make = make;
    this.#now = now;
    this.#events = events;
  }

  record(value: number, attributes: Attributes): void {
    if (!Number.isFinite(value)) {
      this.#events.refused();
      return;
    }
    const key = keyOf(attributes);
    const series = this.#current.get(key) ?? this.#open(key, attributes);
    const sum = series.sum.with(value);
    if (!(Math.abs(sum) < LARGE) && !this.#fits(series, sum)) this.#events.refused();
    else series.sum.record(value);
  }

  // What it adds up to has to fit where it will be merged into, for each who collects.
  #fits(series: Series, sum: number): boolean {
    if (!Number.isFinite(sum)) return false;
    for (const { series: kept } of this.#kept.values()) {
      const before = kept.get(series.key)?.sum;
      if (before && !Number.isFinite(before.before(sum))) return false;
    }
    return true;
  }

  #open(key: string, attributes: Attributes): Series {
    let labels = this.#known.get(key);
    if (!labels) {
      const bytes = labelBytes(key);
      if (this.#known.size >= CARDINALITY_LIMIT - 1 || this.#labelBytes + bytes > LABEL_BYTES) {
        this.#events.overflowed();
        return this.#current.get(OVERFLOW_KEY) ?? this.#add(OVERFLOW_KEY, OVERFLOW);
      }
      labels = ownLabels(key, attributes);
      this.#known.set(labels.key, labels);
      this.#labelBytes += bytes;
    }
    return this.#add(labels.key, labels.attributes);
  }

  #add(key: string, attributes: Attributes): Series {
    const series = { key, attributes, start: this.#now(), sum: this.#make() };
    this.#current.set(key, series);
    return series;
  }

  keepFor(collector: Collector): void {
    if (!this.#kept.has(collector))
      this.#kept.set(collector, { series: new Map(), toldAt: 0, told: new Set() });
  }

  collect(collector: Collector, now: number): Promise<MetricData | undefined> {
    this.keepFor(collector);
    this.#hand();
    const kept = this.#kept.get(collector) as Kept;
    const temporality = collector.temporality(this.descriptor.type);
    const points = [...kept.series].map(([key, { attributes, start, sum }]): DataPoint => {
      // A delta goes on where the last one ended.
      const since = temporality === DELTA && kept.told.has(key) ? kept.toldAt : start;
      return { ...lasting(since, now), attributes, value: sum.value() };
    });
    if (temporality === DELTA) {
      kept.told = new Set(kept.series.keys());
      kept.toldAt = now;
      kept.series.clear();
      this.#forget();
    }
    return Promise.resolve(metricOf(this.descriptor, temporality, points));
  }

  // Each collector gets a copy of what came since anyone last collected.
  #hand(): void {
    for (const { series: kept } of this.#kept.values()) {
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
    for (const key of this.#known.keys()) {
      let needed = false;
      for (const { series } of this.#kept.values()) needed ||= series.has(key);
      if (needed) continue;
      this.#known.delete(key);
      this.#labelBytes -= labelBytes(key);
    }
  }
}

export function accumulatorOf(type: InstrumentType): new () => Accumulator {
  return type === 'GAUGE' ? Last : Sum;
}

export function metricOf(
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
