import type { Outcome } from './account.js';

/** Accompanies an emission whose outcome a caller waits for. The sink does not see it. */
export interface Receipt {
  /** Gets the outcome of the emission, once. */
  settle(outcome: Outcome): void;
  /** Set by a queue while the emission is in its waiting room: takes it out and drops it. */
  withdraw?: (() => void) | undefined;
}
