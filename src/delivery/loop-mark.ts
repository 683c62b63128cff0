import type { Inside, Mark } from './destination.js';
import { clockMillis } from './timers.js';

/** How many ended calls in a row may lead back to a destination before the box stops the loop. */
const DEPTH = 8;
/** A call that began longer ago can not be part of a harmful loop: the app still uses a socket that was opened in it. */
const LASTING_MILLIS = 60_000;

const NONE: ReadonlySet<object> = new Set();

// Nearly all emissions come from the app itself. Their calls share one set per destination.
const alone = new WeakMap<object, ReadonlySet<object>>();

/** Makes the mark of one call of a destination, for an emission that `around` caused. The caller ends the mark. */
export function newMark(around: Inside | undefined, destination: object): Mark {
  const depth = around?.depth ?? 0;
  const destinations =
    around && around.destinations.size > 0
      ? new Set(around.destinations).add(destination)
      : aloneOf(destination);
  return { destinations, depth, alive: true, since: depth === 0 ? 0 : clockMillis() };
}

/**
 * The cause of an emit that carries a mark and goes to `sinks` sinks. While the marked call runs, the cause is its destinations. After it has
 * ended, the cause is no destination but a greater depth: a socket opened in the call may belong to the app by now, or to work of the sink
 * that goes on. Beyond the depth limit the emit counts as if the call still ran. More sinks add more depth, so that loops between many sinks
 * do not multiply.
 */
export function insideOfMark(mark: Mark, sinks: number): Inside {
  if (mark.alive) return mark;
  const deeper = steps(sinks);
  if (mark.depth === 0 || mark.depth + deeper <= DEPTH)
    return { destinations: NONE, depth: mark.depth + deeper };
  if (clockMillis() - mark.since < LASTING_MILLIS) return mark;
  return { destinations: NONE, depth: deeper };
}

/** The cause that combines both. */
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
