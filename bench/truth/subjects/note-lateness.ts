import type { Fact } from '../facts.js';
import { moment } from '../facts.js';
import type { Notes } from '../notes.js';

const TICK_MILLIS = 50;
/** What is less is no matter. */
const NOTED_MILLIS = 25;

/** Writes into the ledger when this process was made to wait: by the machine, or by its own work. */
export function noteLateness(ledger: Notes<Fact>): void {
  let due = performance.now() + TICK_MILLIS;
  setInterval(() => {
    const millis = performance.now() - due;
    if (millis > NOTED_MILLIS) ledger.write({ fact: 'late', millis: Math.ceil(millis), ...moment() });
    due = performance.now() + TICK_MILLIS;
  }, TICK_MILLIS).unref();
}
