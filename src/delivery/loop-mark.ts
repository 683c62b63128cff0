import type { Inside, Mark } from './destination.js';
import { clockMillis } from './timers.js';

/** How often over may lead back to a destination what it set going and did not wait for. */
const DEPTH = 8;
/** What has been open for so long is no part of a loop that could do harm: it is a socket that the app goes on to use. */
const LASTING_MILLIS = 60_000;

const NONE: ReadonlySet<object> = new Set();

// Nearly all that destinations are called for is the app's own: the set for that is made once.
const alone = new WeakMap<object, ReadonlySet<object>>();

/** The mark of one call of a destination, for something that was emitted inside of `around`. Whoever has it made ends it. */
export function newMark(around: Inside | undefined, destination: object): Mark {
  const depth = around?.depth ?? 0;
  const destinations =
    around && around.destinations.size > 0
      ? new Set(around.destinations).add(destination)
      : aloneOf(destination);
  return { destinations, depth, alive: true, since: depth === 0 ? 0 : clockMillis() };
}

/**
 * What an emit happens inside of that carries a mark, and is to be given to so many sinks. While the call lasts: of its destinations. When
 * it has ended: of none, one step deeper; what the call opened may be the app's by now, or be its own work that goes on. Past the
 * depth it counts as if the call lasted. More sinks are more steps, so that what many lead back to many stays few.
 */
export function insideOfMark(mark: Mark, sinks: number): Inside {
  if (mark.alive) return mark;
  const deeper = steps(sinks);
  if (mark.depth === 0 || mark.depth + deeper <= DEPTH)
    return { destinations: NONE, depth: mark.depth + deeper };
  if (clockMillis() - mark.since < LASTING_MILLIS) return mark;
  return { destinations: NONE, depth: deeper };
}

/** Inside of both. */
export function insideOfBoth(a: Inside | undefined, b: Inside | undefined): Inside | undefined {
  if (!a || !b || a === b) return a ?? b;
  return {
    destinations: new Set([...a.destinations, ...b.destinations]),
    depth: Math.max(a.depth, b.depth),
  };
}

function steps(sinks: number): number {
  return 1 + Math.ceil(Math.log2(Math.max(1, sinks)));
}

function aloneOf(destination: object): ReadonlySet<object> {
  let set = alone.get(destination);
  if (!set) {
    set = new Set([destination]);
    alone.set(destination, set);
  }
  return set;
}
