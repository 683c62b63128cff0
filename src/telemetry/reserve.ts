import type { Meter } from '@opentelemetry/api';
import type { MetricBackend, Reserved } from '../delivery/destination.js';
import type { Labels } from './labels.js';

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
}

interface Series {
  readonly labels: Labels;
  /** What to record: a sum, the last value, or each one. */
  values: number[];
  /** Measurements in it. */
  count: number;
}

/** How values of a series come together. */
type Join = (series: Series, value: number) => void;

const add: Join = (series, value) => {
  series.values = [(series.values[0] ?? 0) + value];
};
const replace: Join = (series, value) => {
  series.values = [value];
};
const append: Join = (series, value) => {
  series.values.push(value);
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
    return { series: [...kept.series.values()], lost: kept.lost };
  }

  #keep(instrument: string, join: Join, value: number, labels: Labels): void {
    const kept = this.#kept.get(instrument) ?? { series: new Map(), bytes: 0, values: 0, lost: 0 };
    this.#kept.set(instrument, kept);
    // Labels come sorted.
    const key = JSON.stringify(labels);
    const series = kept.series.get(key) ?? this.#open(kept, key, labels);
    if (!series || (join === append && kept.values >= VALUES)) {
      kept.lost++;
      return;
    }
    join(series, value);
    series.count++;
    if (join === append) kept.values++;
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
