/** Two readings of clocks so close together are of one moment. */
const AT_ONCE_MILLIS = 0.2;
const TRIES = 10;
/** The wall clock is cut to the millisecond: so far apart the two may be and agree. */
const CUT_MILLIS = 1;

/** By how much `performance.timeOrigin` is wrong: a process that is made to wait while it starts takes it late or early by that. */
const wrong = originError();

function originError(): number {
  for (let tries = 0; tries < TRIES; tries++) {
    const before = performance.now();
    const wall = Date.now();
    if (performance.now() - before >= AT_ONCE_MILLIS) continue;
    const ahead = performance.timeOrigin + before - wall;
    return ahead > -CUT_MILLIS && ahead < 2 * CUT_MILLIS ? 0 : ahead - CUT_MILLIS / 2;
  }
  return 0;
}

/**
 * Now, in epoch milliseconds with fractions. It only goes forward: setting the system's clock changes no
 * moment, no delay and no duration of the queue.
 */
export function now(): number {
  return performance.timeOrigin + performance.now() - wrong;
}
