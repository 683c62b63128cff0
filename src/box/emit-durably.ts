import { withDeadline } from '../delivery/deadline.js';
import type { Report } from '../delivery/report.js';
import type { DurableOutcome } from './durable-outcome.js';
import type { EmitOptions } from './emit-options.js';
import { Receipts } from './receipts.js';

/** Options of one `emitDurably`: those of `emit` and a deadline. */
export interface DurableEmitOptions extends EmitOptions {
  /** How long to wait for the durable destinations, in milliseconds. Default 5000. */
  readonly timeoutMillis?: number;
}

const NOW = Promise.resolve();

/** The result if the stack is exhausted and nothing was emitted. Made beforehand, because no object can be made then. */
export const NO_STACK: Promise<DurableOutcome> = Promise.resolve(
  Object.freeze({ durable: false, by: Object.freeze([]), missing: Object.freeze({ '*': 'error' }) }),
);

/** Emits a signal and waits for its durable destinations. Never rejects. Throws only if the stack is exhausted and nothing is counted. */
export function emitDurably(
  give: (receipts: Receipts) => void,
  options: DurableEmitOptions | undefined,
  report: Report,
): Promise<DurableOutcome> {
  const receipts = new Receipts();
  // Before `give`: if the stack is exhausted here, nothing was emitted. The callback itself runs on a fresh stack.
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
