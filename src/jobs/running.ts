/** The attempts that run in this process, by the label of their type. */
export class Running {
  /** With when each began, by the clock of `performance`, in the order in which they did. In whole milliseconds, which take no memory of their own. */
  readonly #byLabel = new Map<string | undefined, Map<object, number>>();

  begin(typeLabel: string | undefined, attempt: object): void {
    let attempts = this.#byLabel.get(typeLabel);
    if (!attempts) {
      attempts = new Map();
      this.#byLabel.set(typeLabel, attempts);
    }
    attempts.set(attempt, Math.floor(performance.now()));
  }

  end(typeLabel: string | undefined, attempt: object): void {
    this.#byLabel.get(typeLabel)?.delete(attempt);
  }

  *counts(): Generator<readonly [string | undefined, number]> {
    for (const [label, attempts] of this.#byLabel) yield [label, attempts.size];
  }

  /** Milliseconds that the longest running attempt has run, by label; 0 when none runs. */
  *oldest(): Generator<readonly [string | undefined, number]> {
    const now = performance.now();
    for (const [label, attempts] of this.#byLabel) {
      const first = attempts.values().next();
      yield [label, first.done ? 0 : now - first.value];
    }
  }
}
