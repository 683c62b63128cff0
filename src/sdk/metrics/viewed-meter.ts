import type {
  Attributes,
  Counter,
  Gauge,
  Histogram,
  MetricOptions,
  Observable,
  ObservableCallback,
  UpDownCounter,
} from '@opentelemetry/api';
import type { MeterLike } from './aggregation.js';
import type { InstrumentType } from './point.js';
import type { ViewAggregation, ViewLike } from './view.js';
import { DEFAULT, DROP, isOf, labelsBy, optionsBy, typeBy } from './view.js';

type Record = (value: number, labels: Attributes) => void;

/** One stream that a view makes of an instrument. */
interface Stream {
  readonly view: ViewLike;
  readonly name: string;
  readonly type: InstrumentType;
  readonly options: MetricOptions;
}

/** The meter that makes the instruments, with limits for each. */
export interface LimitedMeter extends MeterLike {
  /** Limits the number of series of a stream. Call it before the stream is made. */
  limit(stream: string, series: number): void;
  /** Sets the type of a stream's instrument, which a view may change for the stream. Call it before the stream is made. */
  ofType(stream: string, type: InstrumentType): void;
  /** Stops the collection of a stream. */
  remove(stream: string): void;
}

interface Instrument {
  readonly name: string;
  readonly type: InstrumentType;
  readonly options: MetricOptions;
  streams: readonly Stream[];
}

interface Recorded extends Instrument {
  records: readonly Record[];
  isUsed: boolean;
}

interface Observed extends Instrument {
  observables: readonly { readonly stream: Stream; readonly observable: Observable }[];
  /** For each callback, the functions that remove it from the observables. */
  readonly callbacks: Map<ObservableCallback, (() => void)[]>;
}

/** Events of views. */
export interface ViewEvents {
  /** The aggregation wanted for an instrument is not supported. The instrument keeps its own default. */
  unknown(instrument: string, aggregation: ViewAggregation): void;
  /** Views came after an instrument was measured. */
  late(instrument: string): void;
  /** A stream of an instrument has the name of another instrument's stream. It is left out. */
  clash(instrument: string, stream: string, other: string): void;
}

/** Makes instruments of a meter as views say. An instrument without a view gets the aggregation that the exporter wants. */
export class ViewedMeter implements MeterLike {
  readonly #meter: LimitedMeter;
  readonly #wants: (type: InstrumentType) => ViewAggregation;
  readonly #events: ViewEvents;
  readonly #recorded = new Map<string, Recorded>();
  readonly #observed = new Map<string, Observed>();
  /** The instrument of each stream. */
  readonly #instrumentOf = new Map<string, string>();
  #views: readonly ViewLike[];

  constructor(
    meter: LimitedMeter,
    views: readonly ViewLike[],
    wants: (type: InstrumentType) => ViewAggregation,
    events: ViewEvents,
  ) {
    this.#meter = meter;
    this.#views = views;
    this.#wants = wants;
    this.#events = events;
  }

  /** The instrument that a stream of points belongs to. */
  instrumentOf(stream: string): string {
    return this.#instrumentOf.get(stream) ?? stream;
  }

  /** Whether an instrument of that name was made. */
  has(instrument: string): boolean {
    return this.#recorded.has(instrument) || this.#observed.has(instrument);
  }

  /** Applies other views from now on. Instruments that were already measured keep their streams, and are reported. */
  use(views: readonly ViewLike[]): void {
    this.#views = views;
    for (const one of this.#recorded.values()) {
      const streams = this.#streamsOf(one);
      if (isSame(streams, one.streams)) continue;
      if (one.isUsed) this.#events.late(one.name);
      else this.#reshape(one, streams, () => this.#record(one));
    }
    for (const one of this.#observed.values()) {
      const streams = this.#streamsOf(one);
      if (!isSame(streams, one.streams)) this.#reshape(one, streams, () => this.#observe(one));
    }
  }

  #reshape(one: Instrument, streams: readonly Stream[], make: () => void): void {
    for (const { name } of one.streams) {
      if (this.#instrumentOf.get(name) !== one.name) continue;
      this.#meter.remove(name);
      this.#instrumentOf.delete(name);
    }
    one.streams = streams;
    make();
  }

  createCounter(name: string, options: MetricOptions = {}): Counter {
    return { add: this.#recorder(name, 'COUNTER', options) };
  }
  createUpDownCounter(name: string, options: MetricOptions = {}): UpDownCounter {
    return { add: this.#recorder(name, 'UP_DOWN_COUNTER', options) };
  }
  createGauge(name: string, options: MetricOptions = {}): Gauge {
    return { record: this.#recorder(name, 'GAUGE', options) };
  }
  createHistogram(name: string, options: MetricOptions = {}): Histogram {
    return { record: this.#recorder(name, 'HISTOGRAM', options) };
  }
  createObservableCounter(name: string, options: MetricOptions = {}): Observable {
    return this.#observable(name, 'OBSERVABLE_COUNTER', options);
  }
  createObservableUpDownCounter(name: string, options: MetricOptions = {}): Observable {
    return this.#observable(name, 'OBSERVABLE_UP_DOWN_COUNTER', options);
  }
  createObservableGauge(name: string, options: MetricOptions = {}): Observable {
    return this.#observable(name, 'OBSERVABLE_GAUGE', options);
  }

  #recorder(
    name: string,
    type: InstrumentType,
    options: MetricOptions,
  ): (value: number, labels?: Attributes) => void {
    let one = this.#recorded.get(name);
    if (!one || one.type !== type) {
      one = { name, type, options, streams: [], records: [], isUsed: false };
      one.streams = this.#streamsOf(one);
      this.#recorded.set(name, one);
      this.#record(one);
    }
    const own = one;
    return (value, labels = {}) => {
      own.isUsed = true;
      for (const record of own.records) record(value, labels);
    };
  }

  #record(one: Recorded): void {
    one.records = this.#freeOf(one).map((stream): Record => {
      const { view } = stream;
      const record = this.#make(one, stream, (meter, { name, type, options }): Record => {
        if (type === 'COUNTER') return adds(meter.createCounter(name, options));
        if (type === 'UP_DOWN_COUNTER') return adds(meter.createUpDownCounter(name, options));
        if (type === 'GAUGE') return records(meter.createGauge(name, options));
        return records(meter.createHistogram(name, options));
      });
      return view.attributesProcessors ? (value, labels) => record(value, labelsBy(view, labels)) : record;
    });
  }

  #observable(name: string, type: InstrumentType, options: MetricOptions): Observable {
    let one = this.#observed.get(name);
    if (!one || one.type !== type) {
      one = { name, type, options, streams: [], observables: [], callbacks: new Map() };
      one.streams = this.#streamsOf(one);
      this.#observed.set(name, one);
      this.#observe(one);
    }
    const own = one;
    return {
      addCallback: (callback) => own.callbacks.set(callback, add(own, callback)),
      removeCallback: (callback) => {
        for (const undo of own.callbacks.get(callback) ?? []) undo();
        own.callbacks.delete(callback);
      },
    };
  }

  #observe(one: Observed): void {
    one.observables = this.#freeOf(one).map((stream) => {
      const observable = this.#make(one, stream, (meter, { name, type, options }) => {
        if (type === 'OBSERVABLE_COUNTER') return meter.createObservableCounter(name, options);
        if (type === 'OBSERVABLE_GAUGE') return meter.createObservableGauge(name, options);
        return meter.createObservableUpDownCounter(name, options);
      });
      return { stream, observable };
    });
    for (const callback of one.callbacks.keys()) one.callbacks.set(callback, add(one, callback));
  }

  #freeOf(one: Instrument): readonly Stream[] {
    return one.streams.filter(({ name }) => {
      const other = this.#instrumentOf.get(name) ?? one.name;
      if (other !== one.name) this.#events.clash(one.name, name, other);
      return other === one.name;
    });
  }

  #make<T>(one: Instrument, stream: Stream, make: (meter: MeterLike, stream: Stream) => T): T {
    const { aggregationCardinalityLimit: limit } = stream.view;
    if (limit !== undefined) this.#meter.limit(stream.name, limit);
    this.#meter.ofType(stream.name, one.type);
    this.#instrumentOf.set(stream.name, one.name);
    return make(this.#meter, stream);
  }

  #streamsOf({ name, type, options }: Instrument): readonly Stream[] {
    const of = this.#views.filter((view) => isOf(view, { name, type, unit: options.unit ?? '' }));
    const views = of.length > 0 ? of : [{ aggregation: this.#wants(type) }];
    const streams = new Map<string, Stream>();
    for (const view of views as readonly ViewLike[]) {
      const wanted = view.aggregation ?? { type: DEFAULT };
      const become = wanted.type === DROP ? type : typeBy(wanted, type);
      if (become === undefined) this.#events.unknown(name, wanted);
      const own = view.name ?? name;
      if (wanted.type === DROP || streams.has(own)) continue;
      streams.set(own, {
        view,
        name: own,
        type: become ?? type,
        options: optionsBy(view, become === undefined ? { type: DEFAULT } : wanted, options),
      });
    }
    return [...streams.values()];
  }
}

function add(one: Observed, callback: ObservableCallback): (() => void)[] {
  return one.observables.map(({ stream, observable }) => {
    const { view } = stream;
    const own: ObservableCallback = view.attributesProcessors
      ? (result) =>
          callback({ observe: (value, labels = {}) => result.observe(value, labelsBy(view, labels)) })
      : callback;
    observable.addCallback(own);
    return () => observable.removeCallback(own);
  });
}

function adds(counter: { add: Record }): Record {
  return (value, labels) => counter.add(value, labels);
}

function records(instrument: { record: Record }): Record {
  return (value, labels) => instrument.record(value, labels);
}

// Attribute processors can not be compared by content, so another object counts as another processor.
function isSame(a: readonly Stream[], b: readonly Stream[]): boolean {
  if (JSON.stringify(a.map(keyOf)) !== JSON.stringify(b.map(keyOf))) return false;
  const [own, others] = [a.flatMap(processorsOf), b.flatMap(processorsOf)];
  return own.every((processor, i) => processor === others[i]);
}

function processorsOf({ view }: Stream): readonly object[] {
  return view.attributesProcessors ?? [];
}

function keyOf({ view, name, type, options }: Stream): unknown {
  return [name, type, options, view.attributesProcessors?.length ?? 0, view.aggregationCardinalityLimit ?? 0];
}
