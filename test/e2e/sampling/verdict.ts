import type { Ledger } from './ledger.js';

/** `neither`: whether it is kept is not judged. */
export type Verdict = 'bad' | 'good' | 'neither';

/** Above which a wait or a run is too long, in milliseconds. */
export interface Thresholds {
  readonly waitMillis: number;
  readonly runMillis: number;
}

// Attributes and spans are rounded: what is so near to a threshold may be on either side.
const NEAR_MILLIS = 1;

/** What each trace of the ledger is: bad where one thing in it is. */
export function verdicts(ledger: Ledger, { waitMillis, runMillis }: Thresholds): Map<string, Verdict> {
  const found = new Map(Object.keys(ledger.spans).map((id): [string, Verdict] => [id, 'good']));
  const note = (id: string, verdict: Verdict): void => {
    if (found.get(id) !== 'bad' && verdict !== 'good') found.set(id, verdict);
  };
  for (const { traceId, rejected, attempts } of ledger.jobs) {
    if (rejected !== undefined) note(traceId, 'bad');
    for (const attempt of attempts) {
      if (attempt.outcome !== 'completed') note(attempt.traceId, 'bad');
      note(attempt.traceId, beyond(attempt.waitMillis, waitMillis));
      note(attempt.traceId, beyond(attempt.runMillis, runMillis));
    }
  }
  for (const { traceId } of ledger.settles) note(traceId, 'bad');
  return found;
}

function beyond(millis: number, threshold: number): Verdict {
  if (Math.abs(millis - threshold) <= NEAR_MILLIS) return 'neither';
  return millis > threshold ? 'bad' : 'good';
}
