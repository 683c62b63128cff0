import type { Attributes, ObservableCallback } from '@opentelemetry/api';
import { isPending } from '../../delivery/sink-answer.js';
import { keyOf } from './accumulator.js';
import type { LookOnce } from './collect-once.js';
import type { Patience } from './collection-timeout.js';
import { ownLabels } from './own-labels.js';
import type { DataPoint, MetricData } from './point.js';
import { DELTA, lasting } from './point.js';
import type { Collector, Stream, StreamDescriptor, StreamEvents } from './recorded-stream.js';
import { metricOf } from './recorded-stream.js';
import { CARDINALITY_LIMIT, labelBytes, labelRoom, OVERFLOW, OVERFLOW_KEY } from './series-limit.js';

/** The last observation of one series. */
interface Observed {
  readonly key: string;
  readonly attributes: Attributes;
  readonly value: number;
  /** Epoch milliseconds of the first observation, or of the first one after the last reset. */
  readonly start: number;
}

/** What one collector was last given of one series. */
interface Told {
  value: number;
  /** Epoch milliseconds of that collection, or of the first observation. */
  at: number;
  /** The rise before a reset that the collector was not given yet. */
  before: number;
}

type Observation = Pick<Observed, 'attributes' | 'value'>;

/** Events of an observed stream. */
export interface ObservedEvents extends StreamEvents {
  failed(error: unknown): void;
}

/** The observations of an asynchronous instrument. They are made at collection, and all collectors see them. */
export class ObservedStream implements Stream {
  readonly descriptor: StreamDescriptor;
  readonly #callbacks = new Set<ObservableCallback>();
  readonly #series = new Map<string, Observed>();
  #labelBytes = 0;
  readonly #told = new Map<Collector, Map<string, Told>>();
  readonly #patience: Patience;
  readonly #events: ObservedEvents;
  readonly #limit: number;
  readonly #labelRoom: number;

  constructor(
    descriptor: StreamDescriptor,
    patience: Patience,
    events: ObservedEvents,
    limit: number = CARDINALITY_LIMIT,
  ) {
    this.#limit = limit;
    this.#labelRoom = labelRoom(limit);
    this.descriptor = descriptor;
    this.#patience = patience;
    this.#events = events;
  }

  add(callback: ObservableCallback): void {
    this.#callbacks.add(callback);
  }

  remove(callback: ObservableCallback): void {
    this.#callbacks.delete(callback);
  }

  keepFor(collector: Collector): void {
    if (!this.#told.has(collector)) this.#told.set(collector, new Map());
  }

  async collect(collector: Collector, look: LookOnce): Promise<MetricData | undefined> {
    this.keepFor(collector);
    const { now } = look;
    const observed = await look.once(this, async () =>
      this.#seeAll(await this.#observe(look.timeoutMillis), now),
    );
    this.#bound(observed);
    const told = this.#told.get(collector) as Map<string, Told>;
    const temporality = collector.temporality(this.descriptor.of);
    const points: DataPoint[] = [];
    for (const { key, attributes, value, start } of observed.values()) {
      const last = told.get(key) ?? { value: 0, at: now, before: 0 };
      const isDifference = temporality === DELTA && this.descriptor.type !== 'OBSERVABLE_GAUGE';
      const known = isDifference ? value - last.value + last.before : value;
      if (!Number.isFinite(known)) {
        this.#events.refused(collector);
        continue;
      }
      points.push({ ...lasting(temporality === DELTA ? last.at : start, now), attributes, value: known });
      told.set(key, { value, at: now, before: 0 });
    }
    return metricOf(this.descriptor, temporality, points);
  }

  #seeAll(observed: ReadonlyMap<string, Observation>, now: number): ReadonlyMap<string, Observed> {
    // First make room: drop series that are no longer observed.
    this.#bound(observed);
    const seen = new Map<string, Observed>();
    for (const [key, { attributes, value }] of observed) {
      if (!Number.isFinite(value)) {
        this.#events.refused();
        continue;
      }
      const one = this.#see(key, attributes, value, now);
      seen.set(one.key, one);
    }
    return seen;
  }

  #see(given: string, labels: Attributes, value: number, now: number): Observed {
    const last = this.#series.get(given) ?? this.#open(given, labels, now);
    const { key, attributes } = last;
    // A counter that fell was reset: it counts from zero again.
    const reset = this.descriptor.type === 'OBSERVABLE_COUNTER' && value < last.value;
    for (const told of this.#told.values()) {
      const mine = told.get(key);
      if (!mine) told.set(key, { value: 0, at: now, before: 0 });
      else if (reset) {
        mine.before += last.value - mine.value;
        mine.value = 0;
      }
    }
    const seen = { key, attributes, value, start: reset ? now : last.start };
    this.#series.set(key, seen);
    return seen;
  }

  // A new series. Its last value is below any other, so that the first observation is never taken for a reset.
  #open(key: string, attributes: Attributes, now: number): Observed {
    const bytes = labelBytes(key);
    const first = { value: Number.NEGATIVE_INFINITY, start: now };
    if (key !== OVERFLOW_KEY && this.#labelBytes + bytes > this.#labelRoom) {
      this.#events.overflowed();
      return this.#series.get(OVERFLOW_KEY) ?? this.#open(OVERFLOW_KEY, OVERFLOW, now);
    }
    this.#labelBytes += bytes;
    return { ...ownLabels(key, attributes), ...first };
  }

  // Without this bound, series that come and go would pile up.
  #bound(observed: ReadonlyMap<string, unknown>): void {
    if (this.#series.size <= this.#limit && this.#labelBytes <= this.#labelRoom / 2) return;
    for (const key of this.#series.keys()) {
      if (observed.has(key) || key === OVERFLOW_KEY) continue;
      this.#series.delete(key);
      this.#labelBytes -= labelBytes(key);
      for (const told of this.#told.values()) told.delete(key);
    }
  }

  async #observe(timeoutMillis: number): Promise<ReadonlyMap<string, Observation>> {
    const each = [...this.#callbacks].map((callback) => this.#call(callback, timeoutMillis));
    const observed = new Map<string, Observation>();
    for (const observations of await Promise.all(each)) {
      for (const observation of observations) {
        const key = keyOf(observation.attributes);
        if (observed.has(key) || observed.size < this.#limit - 1) observed.set(key, observation);
        else {
          this.#events.overflowed();
          observed.set(OVERFLOW_KEY, { attributes: OVERFLOW, value: observation.value });
        }
      }
    }
    return observed;
  }

  // A callback that throws or does not end in time has observed nothing.
  #call(
    callback: ObservableCallback,
    timeoutMillis: number,
  ): readonly Observation[] | Promise<readonly Observation[]> {
    const observations: Observation[] = [];
    const observe = (value: number, attributes: Attributes = {}): void => {
      if (typeof value === 'number') observations.push({ attributes: { ...attributes }, value });
    };
    const failed = (error: unknown): readonly Observation[] => {
      this.#events.failed(error);
      return [];
    };
    try {
      const looking: unknown = callback({ observe });
      // A synchronous callback needs no wait and no timer. Its observations are complete.
      if (!isPending(looking)) return observations;
      return this.#patience.within(() => looking, timeoutMillis).then(() => observations, failed);
    } catch (error) {
      return failed(error);
    }
  }
}
