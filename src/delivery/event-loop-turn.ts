import { clockMillis, nextTurn } from './timers.js';

/**
 * For how many milliseconds the app's functions are called in one go, by all destinations of the process together: then its timers and
 * sockets get their turn.
 */
const TURN_MILLIS = 10;

/** What takes at least so many milliseconds, as far as is known, begins only where it and what was before it take no more than half of a turn. */
const LONG_MILLIS = 1;

interface Waiting {
  readonly fn: () => void;
  readonly millis: number;
}

let spent = 0;
let timing = false;
const waiting: Waiting[] = [];
/** Who used up the turn that it had last. */
const greedy = new WeakSet<() => void>();
let scheduled = false;
let turns = 0;
let ticking = false;
/** Up to when the time is counted that was watched over. */
let watchedTo = 0;

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
 * others had theirs meanwhile. The time of several at once counts once.
 */
export function watchTurn(): () => void {
  const start = clockMillis();
  const turn = turns;
  if (!ticking) {
    ticking = true;
    nextTurn(tick);
  }
  return () => {
    if (turn !== turns) return;
    const now = clockMillis();
    spent += now - Math.max(start, watchedTo);
    watchedTo = now;
  };
}

function tick(): void {
  ticking = false;
  turns++;
}

/** Whether others have to get their turn before a function of the app's is called again, which takes so many milliseconds, if that is known. */
export function isTurnOver(millis = 0): boolean {
  if (spent >= TURN_MILLIS) return true;
  return millis >= LONG_MILLIS && spent > 0 && spent + millis > TURN_MILLIS / 2;
}

/**
 * Calls when others have had their turn; those who wait for that share the turn that follows. Who is known to take long has one of its own
 * where that turn would be too long with it.
 */
export function afterOthers(fn: () => void, millis = 0): void {
  waiting.push({ fn, millis });
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
    for (let had = 0; had < count; had++) {
      const next = waiting[0];
      if (!next || isTurnOver(next.millis) || (had > 0 && greedy.has(next.fn))) break;
      waiting.shift();
      next.fn();
      if (isTurnOver()) greedy.add(next.fn);
      else greedy.delete(next.fn);
    }
  } finally {
    scheduled = false;
    if (waiting.length > 0) {
      scheduled = true;
      nextTurn(takeTurn);
    }
  }
}
