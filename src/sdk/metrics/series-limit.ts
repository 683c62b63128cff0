import type { Series } from './accumulator.js';
import { keyOf } from './accumulator.js';

/** Maximum number of series of one instrument. Further ones share one series, as the metrics SDK specification says. */
export const CARDINALITY_LIMIT = 2000;

/** Estimated bytes that labels of one instrument's series may take by default. */
const LABEL_BYTES = 4 * 1024 * 1024;

/** The same for an instrument with another limit of series: a higher limit raises both. Labels beyond it go to the overflow series. */
export function labelRoom(limit: number): number {
  return LABEL_BYTES * Math.max(1, limit / CARDINALITY_LIMIT);
}

/** Estimated bytes of a series without its texts. */
const SERIES = 256;

/** Estimated bytes of labels with that key. Each text is kept twice: in the key, and as a value. */
export function labelBytes(key: string): number {
  return SERIES + 2 * key.length;
}

/** The series for measurements that have no room for a series of their own. */
export const OVERFLOW: Series['attributes'] = { 'otel.metric.overflow': true };
export const OVERFLOW_KEY: string = keyOf(OVERFLOW);

/** Room for the series of one instrument, in number and in bytes. */
export class Room {
  readonly #limit: number;
  readonly #labelRoom: number;
  #series = 0;
  #bytes = 0;

  constructor(limit: number = CARDINALITY_LIMIT) {
    this.#limit = limit;
    this.#labelRoom = labelRoom(limit);
  }

  /** Takes the room of one more series. False if there is none. */
  take(key: string): boolean {
    const bytes = labelBytes(key);
    if (this.#series >= this.#limit - 1 || this.#bytes + bytes > this.#labelRoom) return false;
    this.#series++;
    this.#bytes += bytes;
    return true;
  }

  clear(): void {
    this.#series = 0;
    this.#bytes = 0;
  }
}
