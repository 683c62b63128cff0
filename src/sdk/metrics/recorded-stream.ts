import type { Attributes } from '@opentelemetry/api';
import { isKept } from '../../telemetry/labels.js';
import type { Accumulator, Series } from './accumulator.js';
import { keyOf, Last, Sum } from './accumulator.js';
import type { LookOnce } from './collect-once.js';
import { CollectorSeries } from './collector-series.js';
import { ownLabels } from './own-labels.js';
import type { DataPoint, HistogramValue, InstrumentType, MetricData } from './point.js';
import { CUMULATIVE, DELTA, DOUBLE, GAUGE_POINTS, HISTOGRAM_POINTS, SUM_POINTS } from './point.js';
import { OVERFLOW, OVERFLOW_KEY, Room } from './series-limit.js';

/** A reader of the aggregation, with its own temporality. Each stream knows what it has given to each collector. */
export interface Collector {
  temporality(type: InstrumentType): number;
}

/** Describes a stream. */
export interface StreamDescriptor {
  readonly name: string;
  readonly description: string;
  readonly unit: string;
  /** The type by which its points are aggregated. */
  readonly type: InstrumentType;
  /** The type of its instrument, before views. */
  readonly of: InstrumentType;
}

/** The points of one instrument, for each collector. */
export interface Stream {
  readonly descriptor: StreamDescriptor;
  /** Keeps measurements for a collector from now on. */
  keepFor(collector: Collector): void;
  collect(collector: Collector, look: LookOnce): Promise<MetricData | undefined>;
}

/** Events of a stream. */
export interface StreamEvents {
  /** A measurement went to the overflow series. */
  overflowed(): void;
  /** A value was refused: the value or its sum is not finite. `collector`: the only collector that refused it; undefined for all. */
  refused(collector?: Collector): void;
}

/** A sum below this can be merged into any finite sum, and the result stays finite. */
const LARGE = 1e290;

/** The measurements of a synchronous instrument. Each series has one accumulator, whatever the number of collectors and collections. */
export class RecordedStream implements Stream {
  readonly descriptor: StreamDescriptor;
  readonly #make: () => Accumulator;
  readonly #now: () => number;
  readonly #events: StreamEvents;
  /** Measurements since any collector last collected. */
  #current = new Map<string, Series>();
  /** The same series, by the identity of the attributes object. */
  #bySet = new WeakMap<Attributes, Series>();
  /** Room for series that no collector knows yet. It is never full before the room of every collector is. */
  readonly #room: Room;
  readonly #limit: number | undefined;
  readonly #kept = new Map<Collector, CollectorSeries>();

  constructor(
    descriptor: StreamDescriptor,
    make: () => Accumulator,
    now: () => number,
    events: StreamEvents,
    limit?: number,
  ) {
    this.#limit = limit;
    this.#room = new Room(limit);
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
    const series = this.#bySet.get(attributes) ?? this.#seriesOf(attributes);
    const sum = series.sum.with(value);
    if (!(Math.abs(sum) < LARGE) && !this.#fits(series, sum)) this.#events.refused();
    else series.sum.record(value);
  }

  #seriesOf(attributes: Attributes): Series {
    const key = keyOf(attributes);
    const series = this.#current.get(key) ?? this.#open(key, attributes);
    if (isKept(attributes)) this.#bySet.set(attributes, series);
    return series;
  }

  // The new sum must fit into every collector's series, where it will be merged.
  #fits(series: Series, sum: number): boolean {
    if (!Number.isFinite(sum)) return false;
    for (const kept of this.#kept.values()) if (!kept.fits(series.key, sum)) return false;
    return true;
  }

  #open(key: string, attributes: Attributes): Series {
    for (const kept of this.#kept.values()) {
      const known = kept.get(key);
      if (known) return this.#add(known.key, known.attributes);
    }
    if (!this.#room.take(key)) return this.#current.get(OVERFLOW_KEY) ?? this.#add(OVERFLOW_KEY, OVERFLOW);
    const labels = ownLabels(key, attributes);
    return this.#add(labels.key, labels.attributes);
  }

  #add(key: string, attributes: Attributes): Series {
    const series = { key, attributes, start: this.#now(), sum: this.#make() };
    this.#current.set(key, series);
    return series;
  }

  keepFor(collector: Collector): void {
    if (!this.#kept.has(collector)) this.#kept.set(collector, new CollectorSeries(this.#limit));
  }

  collect(collector: Collector, { now }: LookOnce): Promise<MetricData | undefined> {
    this.keepFor(collector);
    this.#hand();
    const kept = this.#kept.get(collector) as CollectorSeries;
    const temporality = collector.temporality(this.descriptor.of);
    if (kept.overflowed()) this.#events.overflowed();
    return Promise.resolve(metricOf(this.descriptor, temporality, kept.tell(now, temporality)));
  }

  // Each collector gets a copy of what came since anyone last collected.
  #hand(): void {
    for (const [collector, kept] of this.#kept)
      for (const series of this.#current.values()) if (!kept.take(series)) this.#events.refused(collector);
    this.#current = new Map();
    this.#bySet = new WeakMap();
    this.#room.clear();
  }
}

export function accumulatorOf(type: InstrumentType): new () => Accumulator {
  return type === 'GAUGE' ? Last : Sum;
}

/** Types without negative values: a sum of their values only rises. */
const SUMMED: ReadonlySet<InstrumentType> = new Set(['COUNTER', 'HISTOGRAM']);

function unsummed(point: DataPoint): DataPoint {
  return { ...point, value: { ...(point.value as HistogramValue), sum: undefined } };
}

export function metricOf(
  descriptor: StreamDescriptor,
  temporality: number,
  points: readonly DataPoint[],
): MetricData | undefined {
  if (points.length === 0) return undefined;
  const { type, of, ...about } = descriptor;
  const common = {
    descriptor: { ...about, type: of, valueType: DOUBLE, advice: {} },
    aggregationTemporality: temporality === DELTA ? DELTA : CUMULATIVE,
    dataPoints: points,
  };
  switch (type) {
    case 'HISTOGRAM':
      return {
        ...common,
        dataPoints: SUMMED.has(of) ? points : points.map(unsummed),
        dataPointType: HISTOGRAM_POINTS,
      };
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
