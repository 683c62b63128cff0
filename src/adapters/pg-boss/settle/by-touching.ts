import type { ObservedBoss } from '../observed-boss.js';
import { orBelieved } from './by-believing.js';
import type { HandledJob, IsHeld, WayOfSettling } from './way.js';
import { claimsOf, heldBy } from './way.js';

/** Touches the claims just before pg-boss settles the jobs: it answers for the attempts that are still ours. */
export class ByTouching implements WayOfSettling {
  readonly settles = false;
  readonly #observed: ObservedBoss;
  readonly #queue: string;

  constructor(observed: ObservedBoss, queue: string) {
    this.#observed = observed;
    this.#queue = queue;
  }

  completed(open: readonly HandledJob[]): Promise<IsHeld> {
    return this.#touch(open);
  }

  failed(open: readonly HandledJob[]): Promise<IsHeld> {
    return this.#touch(open);
  }

  #touch(open: readonly HandledJob[]): Promise<IsHeld> {
    const { engine } = this.#observed;
    return orBelieved(this.#observed, async () =>
      heldBy(await engine.touch(this.#queue, claimsOf(open)), open),
    );
  }
}
