import { clockMillis, nextTurn } from './timers.js';

/**
 * How many milliseconds all destinations of the process together may spend in functions of the app in one turn of the event loop. Then timers
 * and sockets run.
 */
const TURN_MILLIS = 10;

/** A call that is known to take at least this long starts only if it fits, with the time spent before, into half of a turn. */
const LONG_MILLIS = 1;

interface Waiting {
  readonly fn: () => void;
  readonly millis: number;
}

let spent = 0;
let timing = false;
const waiting: Waiting[] = [];
/** The functions that used up their last turn. */
const greedy = new WeakSet<() => void>();
let scheduled = false;
let turns = 0;
let ticking = false;
/** The end of the time that was already counted for watched calls. */
let watchedTo = 0;

/** Calls a function of the app and adds its time to the turn. Throws what the function throws. */
export function timed<T>(fn: () => T): T {
  // The outer call counts the time already.
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
 * Watches a call that returned a promise but may have blocked in microtasks. The caller calls the returned function when the promise settles.
 * That adds the time to the turn, unless a new turn began meanwhile. The time of several calls in parallel counts once.
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

/** Whether timers and sockets must run before the next function of the app. `millis` is how long that function takes, if known. */
export function isTurnOver(millis = 0): boolean {
  if (spent >= TURN_MILLIS) return true;
  return millis >= LONG_MILLIS && spent > 0 && spent + millis > TURN_MILLIS / 2;
}

/**
 * Calls `fn` after timers and sockets have run. All waiting functions share the next turn. A function that is known to take long gets a turn
 * of its own if the shared turn would become too long.
 */
export function afterOthers(fn: () => void, millis = 0): void {
  waiting.push({ fn, millis });
  if (scheduled) return;
  scheduled = true;
  try {
    nextTurn(takeTurn);
  } catch (error) {
    // If the flag stayed set without a scheduled turn, all queues would stop for ever.
    scheduled = false;
    waiting.pop();
    throw error;
  }
}

/** Calls a function of the app at once if this turn has time left, else in a later turn. */
export async function inTurn<T>(fn: () => T | PromiseLike<T>): Promise<T> {
  // Checked right before the call: many callers may wait, and the first may use up the turn.
  while (isTurnOver()) await new Promise<void>((resolve) => afterOthers(resolve));
  return fn();
}

// A function that may use up a turn gets one of its own. A function that blocks in microtasks continues after this loop, and in a shared turn
// it would run once per turn only.
function takeTurn(): void {
  spent = 0;
  // Functions that are added from now on wait for the turn after this one.
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
