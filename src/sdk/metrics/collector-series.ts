import type { Series } from './accumulator.js';
import type { DataPoint } from './point.js';
import { DELTA, lasting } from './point.js';
import { CARDINALITY_LIMIT, OVERFLOW, OVERFLOW_KEY, Room } from './series-limit.js';

/**
 * The series of an instrument as one collector sees them: what it was not given yet, and what it was given last. Other collectors take
 * none of its room.
 */
export class CollectorSeries {
  /** Delta: measurements that the collector was not given yet. Cumulative: all measurements. */
  readonly #series = new Map<string, Series>();
  readonly #room: Room;
  /** Epoch milliseconds of its last collection. */
  #toldAt = 0;
  #told: ReadonlySet<string> = new Set();
  #overflowed = false;

  constructor(limit: number = CARDINALITY_LIMIT) {
    this.#room = new Room(limit);
  }

  get(key: string): Series | undefined {
    return this.#series.get(key);
  }

  /** Whether a series can add that sum. */
  fits(key: string, sum: number): boolean {
    const before = this.#series.get(key)?.sum;
    return !before || Number.isFinite(before.before(sum));
  }

  /** Adds the measurements of a series. False if they go to the overflow series, and its sum can not hold them. */
  take(measured: Series): boolean {
    const before = this.#series.get(measured.key);
    if (before) {
      before.sum.merge(measured.sum);
      if (measured.key === OVERFLOW_KEY) this.#overflowed = true;
      return true;
    }
    if (measured.key === OVERFLOW_KEY) this.#overflowed = true;
    else if (!this.#room.take(measured.key)) return this.#overflow(measured);
    this.#series.set(measured.key, { ...measured, sum: measured.sum.copy() });
    return true;
  }

  #overflow(measured: Series): boolean {
    if (!this.fits(OVERFLOW_KEY, measured.sum.with(0))) return false;
    return this.take({ ...measured, key: OVERFLOW_KEY, attributes: OVERFLOW });
  }

  /** Whether a measurement went to the overflow series since the last call. */
  overflowed(): boolean {
    const overflowed = this.#overflowed;
    this.#overflowed = false;
    return overflowed;
  }

  /** The points that the collector gets now. */
  tell(now: number, temporality: number): DataPoint[] {
    const points = [...this.#series].map(([key, { attributes, start, sum }]): DataPoint => {
      // A delta starts where the last one ended.
      const since = temporality === DELTA && this.#told.has(key) ? this.#toldAt : start;
      return { ...lasting(since, now), attributes, value: sum.value() };
    });
    if (temporality !== DELTA) return points;
    this.#told = new Set(this.#series.keys());
    this.#toldAt = now;
    this.#series.clear();
    this.#room.clear();
    return points;
  }
}
