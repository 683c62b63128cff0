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
import { LookOnce } from './collect-once.js';
import { Patience } from './collection-timeout.js';
import { ObservedStream } from './observed-stream.js';
import type { DataPoint, InstrumentType, MetricData } from './point.js';
import { isObserved } from './point.js';
import type { Collector, Stream, StreamDescriptor } from './recorded-stream.js';
import { accumulatorOf, RecordedStream } from './recorded-stream.js';

/** The methods of a Meter that make instruments. This aggregation and the SDK's meters both have them. */
export interface MeterLike {
  createCounter(name: string, options?: MetricOptions): Counter;
  createUpDownCounter(name: string, options?: MetricOptions): UpDownCounter;
  createGauge(name: string, options?: MetricOptions): Gauge;
  createHistogram(name: string, options?: MetricOptions): HistogramInstrument;
  createObservableCounter(name: string, options?: MetricOptions): Observable;
  createObservableUpDownCounter(name: string, options?: MetricOptions): Observable;
  createObservableGauge(name: string, options?: MetricOptions): Observable;
}

// The default of the metrics SDK specification, for histograms without buckets.
const DEFAULT_BOUNDARIES = [0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10_000];

/** According to the api, sums of these types only rise, whatever a view turns them into. */
const RISING: ReadonlySet<InstrumentType> = new Set(['COUNTER', 'HISTOGRAM']);

/** Events of an aggregation. */
export interface AggregationEvents {
  /** A measurement went to the overflow series of this instrument. */
  overflowed(instrument: string): void;
  /** A value was refused: the value or its sum is not finite. `collector`: the only collector that refused it; undefined for all. */
  refused(instrument: string, collector?: Collector): void;
  /** A callback of an observable instrument threw. */
  failed(instrument: string, error: unknown): void;
  /** A counter or a histogram got a negative value, which it does not take. */
  negative(instrument: string): void;
}

/** The labels that the box adds to the points of a stream, or to those of its overflow series. */
type Marks = (stream: string, observed: boolean, overflow: boolean) => Attributes | undefined;

/** The one aggregation of a box: however many destinations collect, a measurement is added up once. */
export class Aggregation implements MeterLike {
  readonly #streams = new Map<string, RecordedStream | ObservedStream>();
  readonly #limits = new Map<string, number>();
  readonly #types = new Map<string, InstrumentType>();
  readonly #collectors = new Set<Collector>();
  readonly #now: () => number;
  readonly #events: AggregationEvents;
  readonly #marks: Marks;
  /** Limits how long callbacks of observable instruments may take. */
  readonly patience: Patience;

  constructor(now: () => number, events: AggregationEvents, marks: Marks = () => undefined) {
    this.#now = now;
    this.#events = events;
    this.#marks = marks;
    this.patience = new Patience(now);
  }

  /** Whether an instrument of that name was made. */
  has(instrument: string): boolean {
    return this.#streams.has(instrument);
  }

  /** Limits the number of series of an instrument. Call it before the instrument is made. */
  limit(instrument: string, series: number): void {
    this.#limits.set(instrument, series);
  }

  /** Sets the type that an instrument has before views. Call it before the instrument is made. */
  ofType(instrument: string, type: InstrumentType): void {
    this.#types.set(instrument, type);
  }

  /** Stops the collection of an instrument. */
  remove(instrument: string): void {
    this.#streams.delete(instrument);
    this.#types.delete(instrument);
    this.#limits.delete(instrument);
  }

  /** Keeps measurements for a collector from now on. */
  addCollector(collector: Collector): void {
    this.#collectors.add(collector);
    for (const stream of this.#streams.values()) stream.keepFor(collector);
  }

  /** Starts a look at observable instruments, for destinations that collect together. */
  look(timeoutMillis: number): LookOnce {
    return new LookOnce(this.#now(), this.patience.limit(timeoutMillis));
  }

  /**
   * The points of all wanted instruments for this collector. All callbacks of observable instruments share `timeoutMillis`, or the
   * time that a shutdown leaves. A callback that takes longer has observed nothing.
   */
  async collect(
    collector: Collector,
    wanted: (instrument: string) => boolean,
    timeoutMillis: number,
    look: LookOnce = this.look(timeoutMillis),
  ): Promise<readonly MetricData[]> {
    const streams: Stream[] = [...this.#streams.values()].filter((s) => wanted(s.descriptor.name));
    const metrics = await Promise.all(streams.map((stream) => stream.collect(collector, look)));
    return metrics.filter((metric) => metric !== undefined).map((metric) => this.#marked(metric));
  }

  #marked(metric: MetricData): MetricData {
    const { name, type } = metric.descriptor;
    const observed = isObserved(type);
    const overflow = metric.dataPoints.some(isOverflow) ? this.#marks(name, observed, true) : undefined;
    const mark = metric.dataPoints.every(isOverflow) ? undefined : this.#marks(name, observed, false);
    if (!mark && !overflow) return metric;
    const dataPoints = metric.dataPoints.map((point) => ({
      ...point,
      attributes: { ...point.attributes, ...(isOverflow(point) ? overflow : mark) },
    }));
    return { ...metric, dataPoints };
  }

  createCounter(name: string, options?: MetricOptions): Counter {
    return { add: this.#recorder(name, 'COUNTER', options) };
  }

  createUpDownCounter(name: string, options?: MetricOptions): UpDownCounter {
    return { add: this.#recorder(name, 'UP_DOWN_COUNTER', options) };
  }

  createGauge(name: string, options?: MetricOptions): Gauge {
    return { record: this.#recorder(name, 'GAUGE', options) };
  }

  createHistogram(name: string, options?: MetricOptions): HistogramInstrument {
    return { record: this.#recorder(name, 'HISTOGRAM', options) };
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

  #recorder(
    name: string,
    type: InstrumentType,
    options: MetricOptions | undefined,
  ): (value: number, attributes?: Attributes) => void {
    const stream = this.#recorded(name, type, options);
    const { of } = stream.descriptor;
    if (!RISING.has(of)) return (value, attributes) => stream.record(value, attributes ?? {});
    return (value, attributes) => {
      if (value < 0) this.#events.negative(name);
      else stream.record(value, attributes ?? {});
    };
  }

  #recorded(name: string, type: InstrumentType, options: MetricOptions | undefined): RecordedStream {
    const found = this.#streams.get(name);
    if (found instanceof RecordedStream && found.descriptor.type === type) return found;
    const boundaries = options?.advice?.explicitBucketBoundaries ?? DEFAULT_BOUNDARIES;
    const Simple = accumulatorOf(type);
    const make = type === 'HISTOGRAM' ? () => new Histogram(boundaries) : () => new Simple();
    return this.#keep(
      new RecordedStream(
        this.#descriptorOf(name, type, options),
        make,
        this.#now,
        {
          overflowed: () => this.#events.overflowed(name),
          refused: (collector) => this.#events.refused(name, collector),
        },
        this.#limits.get(name),
      ),
    );
  }

  #observed(name: string, type: InstrumentType, options: MetricOptions | undefined): Observable {
    const found = this.#streams.get(name);
    const stream =
      found instanceof ObservedStream && found.descriptor.type === type
        ? found
        : this.#keep(
            new ObservedStream(
              this.#descriptorOf(name, type, options),
              this.patience,
              {
                failed: (error) => this.#events.failed(name, error),
                overflowed: () => this.#events.overflowed(name),
                refused: (collector) => this.#events.refused(name, collector),
              },
              this.#limits.get(name),
            ),
          );
    return {
      addCallback: (callback: ObservableCallback) => stream.add(callback),
      removeCallback: (callback: ObservableCallback) => stream.remove(callback),
    };
  }

  #descriptorOf(name: string, type: InstrumentType, options: MetricOptions = {}): StreamDescriptor {
    const { unit = '', description = '' } = options;
    return { name, type, of: this.#types.get(name) ?? type, unit, description };
  }

  #keep<S extends RecordedStream | ObservedStream>(stream: S): S {
    for (const collector of this.#collectors) stream.keepFor(collector);
    this.#streams.set(stream.descriptor.name, stream);
    return stream;
  }
}

function isOverflow({ attributes }: DataPoint): boolean {
  return attributes['otel.metric.overflow'] === true;
}
