import { untilDeadline } from './deadline.js';
import type { Deadline } from './destination.js';

interface Waiter {
  /** How many accepted emissions must have an outcome. */
  readonly target: number;
  readonly done: () => void;
}

/** How many emissions a port has accepted and how many have an outcome, and who waits for that. */
export class Outcomes {
  /** Counted by `accepted++`, which is no call. */
  accepted = 0;
  #settled = 0;
  readonly #waiters = new Set<Waiter>();

  /** Whether all that was accepted has an outcome. */
  get complete(): boolean {
    return this.#settled >= this.accepted;
  }

  settle(): void {
    this.#settled++;
  }

  /** All that is left has an outcome. */
  settleAll(): void {
    this.#settled = this.accepted;
  }

  /** Calls those whose wait is over. */
  wake(): void {
    for (const { target, done } of this.#waiters) if (target <= this.#settled) done();
  }

  /** Settles when all that was accepted so far has an outcome, or at the deadline. */
  async until(deadline: Deadline): Promise<void> {
    const target = this.accepted;
    let waiter: Waiter | undefined;
    const all = new Promise<void>((done) => {
      waiter = { target, done };
      this.#waiters.add(waiter);
    });
    await untilDeadline(all, deadline);
    if (waiter) this.#waiters.delete(waiter);
  }
}
