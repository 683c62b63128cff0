/** Background work that emits signals when it ends. A flush waits for it. */
export class Untold {
  readonly #work = new Set<Promise<void>>();
  readonly #open = new Set<() => void>();

  add(work: Promise<unknown>): void {
    const done = (): void => void this.#work.delete(kept);
    const kept: Promise<void> = work.then(done, done);
    this.#work.add(kept);
  }

  /** Adds a function that `end` calls if it was not removed before. Returns the undo. */
  atEnd(tell: () => void): () => void {
    this.#open.add(tell);
    return () => void this.#open.delete(tell);
  }

  /** Calls each function added with `atEnd` once. */
  end(): void {
    for (const tell of this.#open) {
      this.#open.delete(tell);
      tell();
    }
  }

  get isEmpty(): boolean {
    return this.#work.size === 0;
  }

  /** Runs a flush at once, and again after the pending work has emitted its signals. */
  async flush(flush: () => Promise<void>): Promise<void> {
    if (this.isEmpty) return flush();
    await Promise.all([flush(), this.told().then(flush)]);
  }

  /** Resolves when no work is left, including work that is added meanwhile. */
  async told(): Promise<void> {
    while (this.#work.size > 0) await Promise.all(this.#work);
  }
}
