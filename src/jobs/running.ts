/** The attempts that run in this process, by the label of their type. */
export class Running {
  readonly #starts = new Map<string | undefined, Set<{ readonly start: number }>>();

  /** Returns its undo. */
  begin(typeLabel: string | undefined): () => void {
    let starts = this.#starts.get(typeLabel);
    if (!starts) {
      starts = new Set();
      this.#starts.set(typeLabel, starts);
    }
    const entry = { start: performance.now() };
    starts.add(entry);
    return () => starts.delete(entry);
  }

  *counts(): Generator<readonly [string | undefined, number]> {
    for (const [label, starts] of this.#starts) yield [label, starts.size];
  }

  /** Milliseconds that the longest running attempt has run, by label; 0 when none runs. */
  *oldest(): Generator<readonly [string | undefined, number]> {
    const now = performance.now();
    for (const [label, starts] of this.#starts) {
      const first = starts.values().next();
      yield [label, first.done ? 0 : now - first.value.start];
    }
  }
}
