import type { Emission } from '../emission/emission.js';

/** Number of ended emissions that stay for a while: their senders know a few turns later, and the process may end between. */
const KEPT = 8;

/** An emission that a sink was given, and its outcome so far. */
export class Given {
  /** Removed when the outcome is asked for. */
  emission: Emission | undefined;
  /** `lost`: written in part, or nobody knows. */
  outcome: 'delivered' | 'failed' | 'lost' | undefined;
  onEnd: (() => void) | undefined;
  /** The stream held nothing back after it got the emission: unless the stream is broken, it is written. */
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

/** The emissions that a sink was given, the oldest first: all without an outcome, and the last few with one. */
export class GivenList<G extends Given = Given> {
  #all: G[] = [];
  readonly #kept: number;

  /** `kept`: how many ended emissions stay. */
  constructor(kept: number = KEPT) {
    this.#kept = kept;
  }

  add(given: G): void {
    this.#all.push(given);
    while (this.#all.length > this.#kept && this.#all[0]?.outcome !== undefined) this.#all.shift();
  }

  /** Removes all emissions that have an outcome. */
  forget(): void {
    this.#all = this.open();
  }

  /** All emissions that have no outcome yet. */
  open(): G[] {
    return this.#all.filter(({ outcome }) => outcome === undefined);
  }

  /**
   * The outcome of an emission, once for each time that it was given, because sinks can be shared. Undefined if writing it failed, or
   * if it was not given.
   */
  take(emission: Emission): G | undefined {
    const found = this.#all.find((given) => given.emission === emission && given.outcome !== 'failed');
    if (found) found.emission = undefined;
    return found;
  }
}
