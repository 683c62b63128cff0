import { clockMillis, nextTurn } from './timers.js';

/**
 * For how many milliseconds the app's functions are called in one go, by all destinations of the process together: then its timers and
 * sockets get their turn.
 */
const TURN_MILLIS = 10;

let spent = 0;
let timing = false;
const waiting: (() => void)[] = [];
/** Who used up the turn that it had last. */
const greedy = new WeakSet<() => void>();
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

/** Calls when others have had their turn; those who wait for that share the turn that follows. */
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

// Who may use a turn up has one of its own: what is asynchronous in name only goes on in microtasks, behind the turn, and beside such a one it
// would be called once each time.
function takeTurn(): void {
  spent = 0;
  // Who comes to wait from now on waits for the turn after this one.
  const count = waiting.length;
  try {
    for (let had = 0; had < count && !isTurnOver(); had++) {
      const next = waiting[0];
      if (!next || (had > 0 && greedy.has(next))) break;
      waiting.shift();
      next();
      if (isTurnOver()) greedy.add(next);
      else greedy.delete(next);
    }
  } finally {
    scheduled = false;
    if (waiting.length > 0) {
      scheduled = true;
      nextTurn(takeTurn);
    }
  }
}
