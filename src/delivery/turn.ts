import { clockMillis, nextTurn } from './timers.js';

/**
 * For how many milliseconds the app's functions are called in one go, by all destinations of the process together: then its timers and
 * sockets get their turn.
 */
const TURN_MILLIS = 10;

let spent = 0;
let timing = false;
const waiting: (() => void)[] = [];
let scheduled = false;
let turns = 0;
let ticking = false;

/** Calls a function of the app's whose time counts to the turn. What it throws is thrown. */
export function timed<T>(fn: () => T): T {
  // Within another one its time counts already.
  if (timing) return fn();
  const start = clockMillis();
  timing = true;
  try {
    return fn();
  } finally {
    timing = false;
    spent += clockMillis() - start;
  }
}

/**
 * Begins to watch over what may be asynchronous in name only. Called when it has ended, what is returned counts its time to the turn, unless
 * others had theirs meanwhile.
 */
export function watchTurn(): () => void {
  const start = clockMillis();
  const turn = turns;
  if (!ticking) {
    ticking = true;
    nextTurn(tick);
  }
  return () => {
    if (turn === turns) spent += clockMillis() - start;
  };
}

function tick(): void {
  ticking = false;
  turns++;
}

/** Whether others have to get their turn before a function of the app's is called again. */
export function isTurnOver(): boolean {
  return spent >= TURN_MILLIS;
}

/** Calls when others have had their turn, and those who waited before. */
export function afterOthers(fn: () => void): void {
  waiting.push(fn);
  if (scheduled) return;
  scheduled = true;
  try {
    nextTurn(takeTurn);
  } catch (error) {
    // A flag that nothing stands behind would be the end of all queues.
    scheduled = false;
    waiting.pop();
    throw error;
  }
}

/** Calls a function of the app's at once where there is time left in this turn, else in one to come. */
export async function inTurn<T>(fn: () => T | PromiseLike<T>): Promise<T> {
  // Looked at right before the call: many may wait, and the first may use the turn up.
  while (isTurnOver()) await new Promise<void>((resolve) => afterOthers(resolve));
  return fn();
}

// One after the other, each in a turn of its own: what is asynchronous in name only goes on in microtasks, which run behind each. In one turn
// with others it would get a single call for each of those of a sink that uses the turn up.
function takeTurn(): void {
  spent = 0;
  const next = waiting.shift();
  scheduled = waiting.length > 0;
  if (scheduled) nextTurn(takeTurn);
  next?.();
}
