import type { Accounts } from './accounts.js';
import type { Evidence } from './evidence.js';
import type { Book } from './runs.js';

/** What each part of the comparison works with. */
export interface Case {
  readonly evidence: Evidence;
  readonly book: Book;
  readonly accounts: Accounts;
  /** Notes a mismatch unless the claim holds. */
  readonly claim: (holds: boolean, mismatch: () => string) => void;
  /** Counts something that is true, rare, and worth telling. */
  readonly tell: (what: string) => void;
}
