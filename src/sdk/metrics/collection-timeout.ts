/** A collection may take one part in so many of the time until a box's shutdown ends. Its export needs the rest. */
const SHARE = 3;

/** Limits how long a collection waits for others: a store that does not answer never costs other metrics. */
export class Patience {
  readonly #now: () => number;
  readonly #waiting = new Set<(error: Error) => void>();
  #end = Number.POSITIVE_INFINITY;

  /** `now` gives milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** The time limit of a collection that begins now: `timeoutMillis`, or less during a shutdown. */
  limit(timeoutMillis: number): number {
    const share = Math.ceil((this.#end - this.#now()) / SHARE);
    return Math.max(1, Math.min(timeoutMillis, share));
  }

  /**
   * Starts a shutdown that ends in so many milliseconds. Work that waits now is given up after its share of that time. Only the first
   * call counts: the destinations of a box end together, and one must not cut off the last collection of another.
   */
  hurry(millis: number): void {
    if (this.#end < Number.POSITIVE_INFINITY) return;
    this.#end = this.#now() + millis;
    const waiting = [...this.#waiting];
    if (waiting.length === 0) return;
    const share = this.limit(millis);
    later(share, () => {
      for (const giveUp of waiting) giveUp(new Error(`no end within ${share} ms of the shutdown`));
    });
  }

  /** The result of `work`. Rejects if the work takes longer than `timeoutMillis`, or than a shutdown allows. */
  async within<T>(work: () => T | PromiseLike<T>, timeoutMillis?: number): Promise<T> {
    let giveUp: (error: Error) => void = () => {};
    const limit = new Promise<never>((_, reject) => {
      giveUp = reject;
    });
    // If `work` throws at once, nobody awaits `limit`. Its rejection must not count as unhandled.
    limit.catch(() => {});
    const stop =
      timeoutMillis === undefined
        ? () => {}
        : later(timeoutMillis, () => giveUp(new Error(`no end within ${timeoutMillis} ms`)));
    this.#waiting.add(giveUp);
    try {
      return await Promise.race([Promise.resolve(work()), limit]);
    } finally {
      stop();
      this.#waiting.delete(giveUp);
    }
  }
}

function later(millis: number, call: () => void): () => void {
  const timer = setTimeout(call, millis);
  (timer as { unref?(): void }).unref?.();
  return () => clearTimeout(timer);
}
