/** A threshold with a lower one to come back under, so that a value that trembles is told once. */
export class Threshold {
  readonly #raise: number;
  readonly #clear: number;
  #raised = false;

  /** Raised at `raise` and above, cleared at `clear` and below. */
  constructor(raise: number, clear: number) {
    this.#raise = raise;
    this.#clear = clear;
  }

  get raised(): boolean {
    return this.#raised;
  }

  update(value: number): 'raised' | 'cleared' | undefined {
    if (!this.#raised && value >= this.#raise) {
      this.#raised = true;
      return 'raised';
    }
    if (this.#raised && value <= this.#clear) {
      this.#raised = false;
      return 'cleared';
    }
    return undefined;
  }
}
