import type { Meter } from '@opentelemetry/api';
import type { MetricBackend, Reserved } from '../delivery/destination.js';
import type { Labels } from './labels.js';
import { isTooLarge } from './too-large.js';

/** Series of one instrument at most. */
const SERIES = 2000;
/** Single values of one instrument at most: those of a histogram can not be added up. */
const VALUES = 10_000;
/** Bytes of labels of one instrument at most, as they are estimated. */
const BYTES = 4 * 1024 * 1024;

/** What was measured of one instrument. */
interface Kept {
  readonly series: Map<string, Series>;
  bytes: number;
  /** Of histograms. */
  values: number;
  /** Measurements that there was no room for. */
  lost: number;
  /** Measurements that were too large. */
  refused: number;
}

interface Series {
  readonly labels: Labels;
  /** What to record: a sum, the last value, or each one. */
  readonly values: number[];
  /** Measurements in it. */
  count: number;
}

/** How values of a series come together. False where they can not. */
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
 * Keeps what is measured while it is not known whether the app's own SDK is to get it: a route may take a signal of the same instrument that
 * is not defined yet. Within bounds; what is beyond them is counted when the rest is given.
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

  /** Its handles stay here: it marks no points. */
  get marks(): boolean {
    return true;
  }

  meter(): Meter {
    return this.#meter;
  }

  // They are counted when they are given.
  counted(): void {}

  get instruments(): readonly string[] {
    return [...this.#kept.keys()];
  }

  /** Gives what there is of an instrument, and keeps it no longer. */
  take(instrument: string): Reserved | undefined {
    const kept = this.#kept.get(instrument);
    if (!kept) return undefined;
    this.#kept.delete(instrument);
    const series = [...kept.series.values()].filter(({ count }) => count > 0);
    return { series, lost: kept.lost, refused: kept.refused };
  }

  #keep(instrument: string, join: Join, value: number, labels: Labels): void {
    const kept = this.#keptOf(instrument);
    // The backend that it is kept for takes no such value either.
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
    // Labels come sorted.
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
