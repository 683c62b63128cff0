import type { Series } from './accumulator.js';
import type { DataPoint } from './point.js';
import { DELTA, lasting } from './point.js';
import { CARDINALITY_LIMIT, OVERFLOW, OVERFLOW_KEY, Room } from './series-limit.js';

/** What one collector has still to be told of an instrument, and what it was told last. Others that collect take no room of it. */
export class CollectorSeries {
  /** What it was not told (delta), or all there is (cumulative). */
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

  /** Whether it can take in that much of a series. */
  fits(key: string, sum: number): boolean {
    const before = this.#series.get(key)?.sum;
    return !before || Number.isFinite(before.before(sum));
  }

  /** Takes in what was measured of a series. False where the sum of those that have no series of their own can not hold it. */
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

  /** Whether anything had no series of its own since it was last asked. */
  overflowed(): boolean {
    const overflowed = this.#overflowed;
    this.#overflowed = false;
    return overflowed;
  }

  /** What it is told now. */
  tell(now: number, temporality: number): DataPoint[] {
    const points = [...this.#series].map(([key, { attributes, start, sum }]): DataPoint => {
      // A delta goes on where the last one ended.
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
