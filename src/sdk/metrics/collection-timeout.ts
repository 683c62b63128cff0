/** Of the time until a box's shutdown is over, a collection may take one part in so many: the rest is for what it still has to export. */
const SHARE = 3;

/** How long those may take who are asked for measurements: a store that does not answer may cost no other's metrics. */
export class Patience {
  readonly #now: () => number;
  readonly #waiting = new Set<(error: Error) => void>();
  #end = Number.POSITIVE_INFINITY;

  /** `now` gives milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** What a collection that begins now may take, of what it may take otherwise. */
  limit(timeoutMillis: number): number {
    const share = Math.ceil((this.#end - this.#now()) / SHARE);
    return Math.max(1, Math.min(timeoutMillis, share));
  }

  /**
   * All ends in so many milliseconds. What is waited for now is given up when its share of that has passed. Said once: the destinations of
   * a box end together, and the last collection of one is not to be given up for another.
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

  /** What the work gives. Rejects where it takes longer than `timeoutMillis`, or than a shutdown lets it. */
  async within<T>(work: () => T | PromiseLike<T>, timeoutMillis?: number): Promise<T> {
    let giveUp: (error: Error) => void = () => {};
    const limit = new Promise<never>((_, reject) => {
      giveUp = reject;
    });
    // Who throws at once leaves nobody who waits for it.
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
