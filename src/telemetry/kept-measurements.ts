import type { Meter } from '@opentelemetry/api';
import type { MetricBackend, Reserved } from '../delivery/destination.js';
import type { Labels } from './labels.js';
import { isTooLarge } from './too-large.js';

/** Maximum number of series of one instrument. */
const SERIES = 2000;
/** Maximum number of single values of one instrument: those of a histogram can not be added up. */
const VALUES = 10_000;
/** Maximum estimated bytes of the labels of one instrument. */
const BYTES = 4 * 1024 * 1024;

/** The kept measurements of one instrument. */
interface Kept {
  readonly series: Map<string, Series>;
  bytes: number;
  /** Number of single values of a histogram. */
  values: number;
  /** Number of measurements that found no room. */
  lost: number;
  /** Number of measurements that were too large. */
  refused: number;
}

interface Series {
  readonly labels: Labels;
  /** The values to record: a sum, the last value, or each value. */
  readonly values: number[];
  /** Number of measurements in the series. */
  count: number;
}

/** Joins a value with those of a series. False if the result is too large. */
type Join = (values: number[], value: number) => boolean;

const add: Join = (values, value) => {
  const sum = (values[0] ?? 0) + value;
  if (isTooLarge(sum)) return false;
  values[0] = sum;
  return true;
};
const replace: Join = (values, value) => {
  values[0] = value;
  return true;
};
const append: Join = (values, value) => {
  values.push(value);
  return true;
};

/**
 * Keeps measurements while it is open whether a destination gets them: one of its routes may take a signal of the same instrument
 * that is not defined yet. It is bounded, and measurements beyond the bounds are counted when the rest is given.
 */
export class Reserve implements MetricBackend {
  readonly #kept = new Map<string, Kept>();
  readonly #meter: Meter;

  constructor() {
    const recorder = (name: string, join: Join) => (value: number, labels: Labels) =>
      this.#keep(name, join, value, labels);
    this.#meter = {
      createCounter: (name: string) => ({ add: recorder(name, add) }),
      createUpDownCounter: (name: string) => ({ add: recorder(name, add) }),
      createGauge: (name: string) => ({ record: recorder(name, replace) }),
      createHistogram: (name: string) => ({ record: recorder(name, append) }),
    } as unknown as Meter;
  }

  /** Its measurements stay here, so it marks no points. */
  get marks(): boolean {
    return true;
  }

  meter(): Meter {
    return this.#meter;
  }

  // Measurements are counted when they are given.
  counted(): void {}

  get instruments(): readonly string[] {
    return [...this.#kept.keys()];
  }

  /** Removes the kept measurements of an instrument, and returns them. */
  take(instrument: string): Reserved | undefined {
    const kept = this.#kept.get(instrument);
    if (!kept) return undefined;
    this.#kept.delete(instrument);
    const series = [...kept.series.values()].filter(({ count }) => count > 0);
    return { series, lost: kept.lost, refused: kept.refused };
  }

  #keep(instrument: string, join: Join, value: number, labels: Labels): void {
    const kept = this.#keptOf(instrument);
    // The backend that may get it later takes no such value either.
    if (isTooLarge(value)) kept.refused++;
    else if (join === append && kept.values >= VALUES) kept.lost++;
    else this.#join(kept, join, value, labels);
  }

  #keptOf(instrument: string): Kept {
    let kept = this.#kept.get(instrument);
    if (!kept) {
      kept = { series: new Map(), bytes: 0, values: 0, lost: 0, refused: 0 };
      this.#kept.set(instrument, kept);
    }
    return kept;
  }

  #join(kept: Kept, join: Join, value: number, labels: Labels): void {
    // Labels are sorted already.
    const key = JSON.stringify(labels);
    const series = kept.series.get(key) ?? this.#open(kept, key, labels);
    if (!series) kept.lost++;
    else if (!join(series.values, value)) kept.refused++;
    else {
      series.count++;
      if (join === append) kept.values++;
    }
  }

  #open(kept: Kept, key: string, labels: Labels): Series | undefined {
    const bytes = 2 * key.length;
    if (kept.series.size >= SERIES || kept.bytes + bytes > BYTES) return undefined;
    const series: Series = { labels, values: [], count: 0 };
    kept.series.set(key, series);
    kept.bytes += bytes;
    return series;
  }
}
