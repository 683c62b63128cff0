import type { Series } from './accumulator.js';
import { keyOf } from './accumulator.js';

/** Series of one instrument at most; the rest share one, as the metrics SDK specification says. */
export const CARDINALITY_LIMIT = 2000;

/** Bytes of labels that the series of one instrument may take by default, as they are estimated. */
const LABEL_BYTES = 4 * 1024 * 1024;

/** The same for an instrument with that limit of series: who raises one raises both. What is beyond goes to the overflow series. */
export function labelRoom(limit: number): number {
  return LABEL_BYTES * Math.max(1, limit / CARDINALITY_LIMIT);
}

/** What a series takes beside its texts, roughly. */
const SERIES = 256;

/** The memory that labels of that key take, roughly: each text stands in the key, and as a value. */
export function labelBytes(key: string): number {
  return SERIES + 2 * key.length;
}

/** The series that takes what has no room for one of its own. */
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

  /** Takes the room of one more series. False where there is none. */
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
