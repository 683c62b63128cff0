import { SignalboxError, shown } from '../signal/problem.js';

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

/** A number above 0, as given or as it is else. Throws a SignalboxError. */
export function positive(where: string, what: string, given: number | undefined, otherwise: number): number {
  const value = given ?? otherwise;
  if (typeof value === 'number' && Number.isFinite(value) && value > 0) return value;
  throw new SignalboxError(`${where}: ${what} is ${shown(value)}. Give a number above 0.`);
}

/** A threshold that is cleared below where it is raised. Throws a SignalboxError. */
export function pair(where: string, what: string, raise: number, clear: number): Threshold {
  if (Number.isFinite(raise) && Number.isFinite(clear) && raise > 0 && clear >= 0 && clear < raise)
    return new Threshold(raise, clear);
  throw new SignalboxError(
    `${where}: ${what} is raised at ${shown(raise)} and cleared at ${shown(clear)}. Clear it below where it is raised.`,
  );
}
