import { untilDeadline } from './deadline.js';
import type { Deadline } from './destination.js';

interface Waiter {
  /** All that was accepted before this one must have an outcome. */
  readonly target: number;
  readonly done: () => void;
}

/** How many emissions a port has accepted, and who waits until all of them have an outcome, in whatever order they come. */
export class Outcomes {
  /** Counted by `accepted++`, which is no call. */
  accepted = 0;
  readonly #waiters = new Set<Waiter>();

  /** Whether somebody waits. */
  get awaited(): boolean {
    return this.#waiters.size > 0;
  }

  /** Calls those whose wait is over. `oldest`: the number of the first emission that has no outcome. */
  wake(oldest: () => number): void {
    if (this.#waiters.size === 0) return;
    const upTo = oldest();
    for (const { target, done } of this.#waiters) if (target <= upTo) done();
  }

  /** Settles when the first `target` have an outcome (those accepted so far unless told otherwise), or at the deadline. */
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
