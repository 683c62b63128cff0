import type {
  Attributes,
  Counter,
  Gauge,
  Histogram as HistogramInstrument,
  MetricOptions,
  Observable,
  ObservableCallback,
  UpDownCounter,
} from '@opentelemetry/api';
import { Histogram } from './accumulator.js';
import { ObservedStream } from './observed-stream.js';
import { Patience } from './patience.js';
import type { InstrumentType, MetricData } from './point.js';
import type { Collector, Stream } from './stream.js';
import { accumulatorOf, RecordedStream } from './stream.js';

/** The parts of a Meter that instruments are made by: this aggregation and the SDK's meters both have them. */
export interface MeterLike {
  createCounter(name: string, options?: MetricOptions): Counter;
  createUpDownCounter(name: string, options?: MetricOptions): UpDownCounter;
  createGauge(name: string, options?: MetricOptions): Gauge;
  createHistogram(name: string, options?: MetricOptions): HistogramInstrument;
  createObservableCounter(name: string, options?: MetricOptions): Observable;
  createObservableUpDownCounter(name: string, options?: MetricOptions): Observable;
  createObservableGauge(name: string, options?: MetricOptions): Observable;
}

// The metrics SDK specification's default, for histograms that give no buckets.
const DEFAULT_BOUNDARIES = [0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10_000];

/** What an aggregation tells of itself. */
export interface AggregationEvents {
  /** A measurement went to the overflow series of this instrument. */
  overflowed(instrument: string): void;
  /** A value of this instrument was refused: it is not finite, or its sum would not be. */
  refused(instrument: string): void;
  /** A callback of an observable instrument threw. */
  failed(instrument: string, error: unknown): void;
  /** A counter or a histogram was given a negative value, which it does not take. */
  negative(instrument: string): void;
}

/** The one aggregation of a box: however many destinations collect, a measurement is added up once. */
export class Aggregation implements MeterLike {
  readonly #streams = new Map<string, RecordedStream | ObservedStream>();
  readonly #collectors = new Set<Collector>();
  readonly #now: () => number;
  readonly #events: AggregationEvents;
  /** With the callbacks of observable instruments. */
  readonly patience: Patience;

  constructor(now: () => number, events: AggregationEvents) {
    this.#now = now;
    this.#events = events;
    this.patience = new Patience(now);
  }

  /** Whether an instrument of that name was made. */
  has(instrument: string): boolean {
    return this.#streams.has(instrument);
  }

  /** Keeps for a collector what is measured from now on. */
  addCollector(collector: Collector): void {
    this.#collectors.add(collector);
    for (const stream of this.#streams.values()) stream.keepFor(collector);
  }

  /**
   * The points of all wanted instruments, as this collector sees them. Callbacks of observable instruments have `timeoutMillis`
   * together, or what a shutdown leaves them; one that takes longer observed nothing.
   */
  async collect(
    collector: Collector,
    wanted: (instrument: string) => boolean,
    timeoutMillis: number,
  ): Promise<readonly MetricData[]> {
    const now = this.#now();
    const streams: Stream[] = [...this.#streams.values()].filter((s) => wanted(s.descriptor.name));
    const limit = this.patience.limit(timeoutMillis);
    const metrics = await Promise.all(streams.map((stream) => stream.collect(collector, now, limit)));
    return metrics.filter((metric) => metric !== undefined);
  }

  createCounter(name: string, options?: MetricOptions): Counter {
    return { add: this.#rising(this.#recorded(name, 'COUNTER', options)) };
  }

  createUpDownCounter(name: string, options?: MetricOptions): UpDownCounter {
    const stream = this.#recorded(name, 'UP_DOWN_COUNTER', options);
    return { add: (value, attributes) => record(stream, value, attributes) };
  }

  createGauge(name: string, options?: MetricOptions): Gauge {
    const stream = this.#recorded(name, 'GAUGE', options);
    return { record: (value, attributes) => record(stream, value, attributes) };
  }

  createHistogram(name: string, options?: MetricOptions): HistogramInstrument {
    return { record: this.#rising(this.#recorded(name, 'HISTOGRAM', options)) };
  }

  createObservableCounter(name: string, options?: MetricOptions): Observable {
    return this.#observed(name, 'OBSERVABLE_COUNTER', options);
  }

  createObservableUpDownCounter(name: string, options?: MetricOptions): Observable {
    return this.#observed(name, 'OBSERVABLE_UP_DOWN_COUNTER', options);
  }

  createObservableGauge(name: string, options?: MetricOptions): Observable {
    return this.#observed(name, 'OBSERVABLE_GAUGE', options);
  }

  // The api says that these only rise.
  #rising(stream: RecordedStream): (value: number, attributes?: Attributes) => void {
    return (value, attributes) => {
      if (value < 0) this.#events.negative(stream.descriptor.name);
      else record(stream, value, attributes);
    };
  }

  #recorded(name: string, type: InstrumentType, options: MetricOptions | undefined): RecordedStream {
    const found = this.#streams.get(name);
    if (found instanceof RecordedStream && found.descriptor.type === type) return found;
    const boundaries = options?.advice?.explicitBucketBoundaries ?? DEFAULT_BOUNDARIES;
    const Simple = accumulatorOf(type);
    const make = type === 'HISTOGRAM' ? () => new Histogram(boundaries) : () => new Simple();
    return this.#keep(
      new RecordedStream(descriptorOf(name, type, options), make, this.#now, {
        overflowed: () => this.#events.overflowed(name),
        refused: () => this.#events.refused(name),
      }),
    );
  }

  #observed(name: string, type: InstrumentType, options: MetricOptions | undefined): Observable {
    const found = this.#streams.get(name);
    const stream =
      found instanceof ObservedStream && found.descriptor.type === type
        ? found
        : this.#keep(
            new ObservedStream(descriptorOf(name, type, options), this.patience, {
              failed: (error) => this.#events.failed(name, error),
              overflowed: () => this.#events.overflowed(name),
              refused: () => this.#events.refused(name),
            }),
          );
    return {
      addCallback: (callback: ObservableCallback) => stream.add(callback),
      removeCallback: (callback: ObservableCallback) => stream.remove(callback),
    };
  }

  #keep<S extends RecordedStream | ObservedStream>(stream: S): S {
    for (const collector of this.#collectors) stream.keepFor(collector);
    this.#streams.set(stream.descriptor.name, stream);
    return stream;
  }
}

function record(stream: RecordedStream, value: number, attributes: Attributes | undefined): void {
  stream.record(value, attributes ?? {});
}

function descriptorOf(
  name: string,
  type: InstrumentType,
  options: MetricOptions | undefined,
): RecordedStream['descriptor'] {
  return { name, type, unit: options?.unit ?? '', description: options?.description ?? '' };
}
