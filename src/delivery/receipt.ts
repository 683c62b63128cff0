import type { Outcome } from './account.js';

/** Goes with an emission whose outcome somebody waits for. The sink does not see it. */
export interface Receipt {
  /** Told once what became of the emission. */
  settle(outcome: Outcome): void;
  /** Set by a queue in whose waiting room it is: has it go where it found no room so far. */
  withdraw?: (() => void) | undefined;
}
