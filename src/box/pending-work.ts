/** What is still being found out beside the app, to be told then. A flush waits for it. */
export class Untold {
  readonly #work = new Set<Promise<void>>();
  readonly #open = new Set<() => void>();

  add(work: Promise<unknown>): void {
    const done = (): void => void this.#work.delete(kept);
    const kept: Promise<void> = work.then(done, done);
    this.#work.add(kept);
  }

  /** What is open, and is told at a shutdown where it was not before. Returns its undo. */
  atEnd(tell: () => void): () => void {
    this.#open.add(tell);
    return () => void this.#open.delete(tell);
  }

  /** Tells what is open, each once. */
  end(): void {
    for (const tell of this.#open) {
      this.#open.delete(tell);
      tell();
    }
  }

  get isEmpty(): boolean {
    return this.#work.size === 0;
  }

  /** Runs a flush at once, and once more for what is told meanwhile. */
  async flush(flush: () => Promise<void>): Promise<void> {
    if (this.isEmpty) return flush();
    await Promise.all([flush(), this.told().then(flush)]);
  }

  /** Resolves when there is none left; what comes meanwhile is waited for too. */
  async told(): Promise<void> {
    while (this.#work.size > 0) await Promise.all(this.#work);
  }
}
