/** An exporter encodes a batch before it returns, and nothing else runs meanwhile. Calls that take longer than this are to be shorter. */
const LONGEST_MILLIS = 5;
/** What they are brought to, so that not each that is a little slower changes them again. */
const GOOD_MILLIS = 4;
/** Calls that are shorter than this may have more to do. */
const SHORT_MILLIS = GOOD_MILLIS / 2;
/** So many of them in a row say so: a collection of garbage, code that runs for the first time, a machine that does something else are no reason. */
const LONG_CALLS = 3;
/** Requests have their price too: batches do not get smaller than this. */
const LEAST = 32;

/** How many items a call of an exporter is given, so that the event loop is not held up: learned from what its calls take. */
export class Pace {
  readonly #most: number;
  #size: number;
  // The first call is taken to be no trifle.
  #millis = SHORT_MILLIS;
  #longCalls = 0;

  /** `most`: items at most, however quick it is. */
  constructor(most: number) {
    this.#most = most;
    this.#size = most;
  }

  /** Items in one call at most. */
  get size(): number {
    return this.#size;
  }

  /** What a call takes, as far as is known: what the last one took. */
  get millis(): number {
    return this.#millis;
  }

  /** To be told what each call took until it returned. */
  took(count: number, millis: number): void {
    this.#millis = millis;
    this.#longCalls = millis > LONGEST_MILLIS ? this.#longCalls + 1 : 0;
    if (this.#longCalls === LONG_CALLS) {
      this.#longCalls = 0;
      this.#size = Math.min(this.#size, Math.max(LEAST, Math.floor((count * GOOD_MILLIS) / millis)));
    } else if (millis < SHORT_MILLIS && count >= this.#size)
      this.#size = Math.min(this.#most, this.#size * 2);
  }
}
