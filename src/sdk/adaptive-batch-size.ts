/** An exporter encodes a batch before it returns, and nothing else runs meanwhile. Calls that take longer than this are to be shorter. */
const LONGEST_MILLIS = 5;
/** What they are brought to, so that not each that is a little slower changes them again. */
const GOOD_MILLIS = 4;
/** Calls that are shorter than this may have more to do. */
const SHORT_MILLIS = GOOD_MILLIS / 2;
/** So many of them in a row say so: a collection of garbage, code that runs for the first time, a machine that does something else are no reason. */
const LONG_CALLS = 3;
/** So many, where fewer items have not made them shorter. */
const LONG_CALLS_IN_VAIN = 32;
/** Requests have their price too: batches do not get smaller than this. */
const LEAST = 32;

/** How many items a call of an exporter is given, so that the event loop is not held up: learned from what its calls take. */
export class Pace {
  readonly #most: number;
  #size: number;
  // The first call is taken to be no trifle.
  #millis = SHORT_MILLIS;
  #longCalls = 0;
  #longCallsAllowed = LONG_CALLS;
  /** The call for which there are fewer items now. */
  #tooLong: { readonly count: number; readonly millis: number } | undefined;

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
    if (this.#longCalls === this.#longCallsAllowed) {
      this.#longCalls = 0;
      if (this.#isInVain(count, millis)) this.#giveUp();
      else this.#shorten(count, millis);
    } else if (millis < SHORT_MILLIS && count >= this.#size) {
      this.#size = Math.min(this.#most, this.#size * 2);
      this.#tooLong = undefined;
    }
  }

  /** A call may take as long whatever is in it, as one that compresses or writes to a disk: more of them would hold up the loop more often. */
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
