import type { Account } from '../delivery/account.js';
import type { Verdict } from './export-result.js';

/** Reports an outcome to `diag`: its kind, a sentence, the error. */
export type TellOutcome = (key: 'failed' | 'refused', message: string, error: unknown) => void;

/** Counts the outcome of `count` items in the account, and reports losses. `what` names the items in the report. */
export function countOutcome(
  account: Account,
  count: number,
  what: string,
  verdict: Verdict,
  tell: TellOutcome,
): void {
  switch (verdict.outcome) {
    case 'delivered': {
      const rejected = Math.min(verdict.rejected, count);
      account.delivered(count - rejected);
      if (rejected === 0) return;
      account.dropped('refused', rejected);
      tell(
        'refused',
        `its endpoint took ${count - rejected} of ${count} ${what}, and refused the rest`,
        undefined,
      );
      return;
    }
    case 'refused':
      account.dropped('refused', count);
      tell(
        'refused',
        `its endpoint refused ${count} ${what} for good; they are dropped and counted`,
        verdict.error,
      );
      return;
    case 'failed':
      account.failed(count);
      tell('failed', `an export of ${count} ${what} failed`, verdict.error);
  }
}
