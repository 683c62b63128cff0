const KEPT = 10_000;

/** When jobs could first have run, by the database's clock: a retry's row no longer tells. Bounded, the oldest forgotten first. */
export class FirstRuns {
  readonly #moments = new Map<string, number>();

  keep(jobId: string, at: number): void {
    if (this.#moments.has(jobId)) return;
    if (this.#moments.size >= KEPT) {
      const oldest = this.#moments.keys().next();
      if (!oldest.done) this.#moments.delete(oldest.value);
    }
    this.#moments.set(jobId, at);
  }

  of(jobId: string): number | undefined {
    return this.#moments.get(jobId);
  }
}
