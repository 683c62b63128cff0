/** An exporter encodes a batch before it returns, and nothing else runs meanwhile. The pace shortens calls that take longer than this. */
const LONGEST_MILLIS = 5;
/** The pace aims at this duration. It lies below the limit, so that a slightly slower call does not change the size again. */
const GOOD_MILLIS = 4;
/** After a call shorter than this, the pace doubles the size. */
const SHORT_MILLIS = GOOD_MILLIS / 2;
/** The pace reacts only to this many long calls in a row: a single one may be garbage collection, cold code or a busy machine. */
const LONG_CALLS = 3;
/** The same, after fewer items have not made the calls shorter. */
const LONG_CALLS_IN_VAIN = 32;
/** The smallest size. Each request has a fixed cost. */
const LEAST = 32;

/**
 * Decides how many items one call of an exporter gets, so that calls do not hold up the event loop. It learns from the durations of
 * past calls.
 */
export class Pace {
  readonly #most: number;
  #size: number;
  // Before the first call its duration is unknown. The pace assumes that it is not negligible.
  #millis = SHORT_MILLIS;
  #longCalls = 0;
  #longCallsAllowed = LONG_CALLS;
  /** The long call after which the pace last reduced the size. */
  #tooLong: { readonly count: number; readonly millis: number } | undefined;

  /** `most`: the maximum number of items, however quick the exporter is. */
  constructor(most: number) {
    this.#most = most;
    this.#size = most;
  }

  /** The maximum number of items in one call. */
  get size(): number {
    return this.#size;
  }

  /** The duration of the last call, as an estimate for the next one. */
  get millis(): number {
    return this.#millis;
  }

  /** Takes in how long a call took until it returned. */
  took(count: number, millis: number): void {
    this.#millis = millis;
    this.#longCalls = millis > LONGEST_MILLIS ? this.#longCalls + 1 : 0;
    if (this.#longCalls === this.#longCallsAllowed) {
      this.#longCalls = 0;
      if (this.#isInVain(count, millis)) this.#giveUp();
      else this.#shorten(count, millis);
    } else if (millis < SHORT_MILLIS && count >= this.#size) {
      this.#size = Math.min(this.#most, this.#size * 2);
      this.#tooLong = undefined;
    }
  }

  /**
   * Some calls take the same time whatever they carry: those that compress or write to a disk. Smaller batches would only mean more
   * long calls.
   */
  #isInVain(count: number, millis: number): boolean {
    const before = this.#tooLong;
    if (!before || count >= before.count) return false;
    const expected = (before.millis * count) / before.count;
    return millis > (before.millis + expected) / 2;
  }

  #giveUp(): void {
    this.#size = this.#most;
    this.#tooLong = undefined;
    this.#longCallsAllowed = LONG_CALLS_IN_VAIN;
  }

  #shorten(count: number, millis: number): void {
    this.#size = Math.min(this.#size, Math.max(LEAST, Math.floor((count * GOOD_MILLIS) / millis)));
    this.#tooLong = { count, millis };
    this.#longCallsAllowed = LONG_CALLS;
  }
}
