import type { Emission } from '../emission/emission.js';

/** Those that ended stay for a while: whoever gave them is told a few turns later, and the process may end between. */
const KEPT = 8;

/** An emission that a sink was given, and what became of it so far. */
export class Given {
  /** Taken out when it was asked for. */
  emission: Emission | undefined;
  /** `lost`: in part, or it is not known. */
  outcome: 'delivered' | 'failed' | 'lost' | undefined;
  onEnd: (() => void) | undefined;
  /** The stream held nothing back when it had been given it: if it is not broken, it is written. */
  whole = false;

  constructor(emission: Emission) {
    this.emission = emission;
  }

  end(outcome: 'delivered' | 'failed' | 'lost'): void {
    this.outcome ??= outcome;
    this.onEnd?.();
    this.onEnd = undefined;
  }
}

/** What a sink was given, the oldest first: all that has no end, and the last few that have. */
export class GivenList<G extends Given = Given> {
  #all: G[] = [];
  readonly #kept: number;

  /** How many of those that ended stay. */
  constructor(kept: number = KEPT) {
    this.#kept = kept;
  }

  add(given: G): void {
    this.#all.push(given);
    while (this.#all.length > this.#kept && this.#all[0]?.outcome !== undefined) this.#all.shift();
  }

  /** Lets go of all that have an end. */
  forget(): void {
    this.#all = this.open();
  }

  /** All that has no end yet. */
  open(): G[] {
    return this.#all.filter(({ outcome }) => outcome === undefined);
  }

  /**
   * What became of an emission, once for each time that it was given: sinks can be shared. Nothing where writing it failed, as of one
   * that was not given.
   */
  take(emission: Emission): G | undefined {
    const found = this.#all.find((given) => given.emission === emission && given.outcome !== 'failed');
    if (found) found.emission = undefined;
    return found;
  }
}
