import { Accounts } from './accounts.js';
import type { Case } from './case.js';
import { compareEnds } from './ends.js';
import type { Evidence } from './evidence.js';
import { compareLedger } from './ledger.js';
import { compareRecords } from './records.js';
import { bookOf } from './runs.js';
import { compareSpans } from './spans.js';
import { compareTotals } from './totals.js';

export interface Comparison {
  /** A sentence each. */
  readonly mismatches: readonly string[];
  readonly accounts: Accounts;
  /** True, rare, and worth telling: how often. */
  readonly told: ReadonlyMap<string, number>;
}

const PARTS = [compareLedger, compareSpans, compareRecords, compareEnds, compareTotals];

/**
 * Compares what the backends have with what really happened. What is missing must be what the exports of its process say was not
 * delivered, or what a killed process had not yet delivered; nothing is there that did not happen.
 */
export function compareTruth(evidence: Evidence): Comparison {
  const mismatches: string[] = [];
  const told = new Map<string, number>();
  const accounts = new Accounts();
  const part: Case = {
    evidence,
    book: bookOf(evidence),
    accounts,
    claim: (holds, mismatch) => {
      if (!holds) mismatches.push(mismatch());
    },
    tell: (what) => void told.set(what, (told.get(what) ?? 0) + 1),
  };
  for (const compareIt of PARTS) compareIt(part);
  mismatches.push(...accounts.excesses());
  return { mismatches, accounts, told };
}
