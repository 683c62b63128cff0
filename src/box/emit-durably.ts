import { withDeadline } from '../delivery/deadline.js';
import type { Report } from '../delivery/report.js';
import type { DurableOutcome } from './durable-outcome.js';
import type { EmitOptions } from './emit-options.js';
import { Receipts } from './receipts.js';

/** What can be said of one `emitDurably`, beside what can be said of an emit. */
export interface DurableEmitOptions extends EmitOptions {
  /** How long it waits for the durable destinations, in milliseconds. Default 5000. */
  readonly timeoutMillis?: number;
}

const NOW = Promise.resolve();

/** The answer where there is no stack left, and nothing was emitted. Made beforehand, for nothing can be made then. */
export const NO_STACK: Promise<DurableOutcome> = Promise.resolve(
  Object.freeze({ durable: false, by: Object.freeze([]), missing: Object.freeze({ '*': 'error' }) }),
);

/** Gives an emission and waits for its durable destinations. Never rejects. Throws only where there is no stack left and nothing is counted. */
export function emitDurably(
  give: (receipts: Receipts) => void,
  options: DurableEmitOptions | undefined,
  report: Report,
): Promise<DurableOutcome> {
  const receipts = new Receipts();
  // Nothing is emitted yet where there is no stack left for this, and there is some when it runs.
  const outcome = NOW.then(() => outcomeOf(receipts, options, report));
  give(receipts);
  return outcome;
}

async function outcomeOf(
  receipts: Receipts,
  options: DurableEmitOptions | undefined,
  report: Report,
): Promise<DurableOutcome> {
  await withDeadline(millisOf(options), () => receipts.settled(), report);
  return receipts.close();
}

function millisOf(options: DurableEmitOptions | undefined): number | undefined {
  try {
    return options?.timeoutMillis;
  } catch {
    return undefined;
  }
}
