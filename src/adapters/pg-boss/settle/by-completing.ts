import type { ObservedBoss } from '../boss-state.js';
import type { HandledJob, IsHeld, WayOfSettling } from './way.js';
import { claimsOf, heldBy } from './way.js';

/** Settles the jobs just before pg-boss would. pg-boss's answer names those that their attempts still held. */
export class ByCompleting implements WayOfSettling {
  readonly settles = true;
  readonly #observed: ObservedBoss;
  readonly #queue: string;

  constructor(observed: ObservedBoss, queue: string) {
    this.#observed = observed;
    this.#queue = queue;
  }

  async completed(open: readonly HandledJob[], output: object | undefined): Promise<IsHeld> {
    return heldBy(await this.#observed.engine.complete(this.#queue, claimsOf(open), output), open);
  }

  async failed(open: readonly HandledJob[], error: unknown): Promise<IsHeld> {
    return heldBy(await this.#observed.engine.fail(this.#queue, claimsOf(open), error as object), open);
  }
}
