import { untilDeadline } from './deadline.js';
import type { Deadline } from './destination.js';

interface Waiter {
  /** The waiter is done when all emissions accepted before this number have an outcome. */
  readonly target: number;
  readonly done: () => void;
}

/** Counts accepted emissions, and lets callers wait until all of them have an outcome, in whatever order the outcomes come. */
export class OutcomeWaiters {
  /** The port uses `accepted++`, which is not a call and can not fail. */
  accepted = 0;
  readonly #waiters = new Set<Waiter>();

  /** Whether a caller waits. */
  get awaited(): boolean {
    return this.#waiters.size > 0;
  }

  /** Resolves the waiters that are done. `oldest` is the number of the first emission without an outcome. */
  wake(oldest: () => number): void {
    if (this.#waiters.size === 0) return;
    const upTo = oldest();
    for (const { target, done } of this.#waiters) if (target <= upTo) done();
  }

  /** Resolves when the first `target` emissions (default: all accepted so far) have an outcome, or at the deadline. */
  async until(deadline: Deadline, target: number = this.accepted): Promise<void> {
    let waiter: Waiter | undefined;
    const all = new Promise<void>((done) => {
      waiter = { target, done };
      this.#waiters.add(waiter);
    });
    await untilDeadline(all, deadline);
    if (waiter) this.#waiters.delete(waiter);
  }
}
