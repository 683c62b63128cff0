import type { Outcome } from './account.js';
import type { Connection } from './destination.js';
import type { Flight } from './flight.js';
import type { Patience } from './process-exit.js';

const LAST_WRITES = Symbol.for('signalbox.last-writes.1');

/** What a sink has not written when the process ends. */
export interface Leftover {
  /** What it was given and has not answered. */
  readonly given: readonly Flight[];
  readonly waiting: readonly Flight[];
}

/** Is told what became of each. */
export type Settled = (flight: Flight, outcome: Outcome) => void;

/** What the queue of a sink has done when the process ends, for sinks of the library: these bring the code for it, for a function of the app's needs none. */
export interface LastWrites {
  /** Whether all that the sink does is to write here, so that bytes alone bound what waits for it. */
  readonly local: boolean;
  /** Calls when the process ends. Returns the undo. */
  atEnd(exit: (patience: Patience) => void): () => void;
  /** Writes what is left: what was given, then what waits. */
  write(left: Leftover, settled: Settled, connection: Connection, patience: Patience): void;
}

export function givesLastWrites(sink: object, writes: LastWrites): void {
  Object.defineProperty(sink, LAST_WRITES, { value: writes, configurable: true });
}

/** Whichever copy of the package the sink comes from. */
export function lastWritesOf(sink: object): LastWrites | undefined {
  return (sink as { readonly [LAST_WRITES]?: LastWrites })[LAST_WRITES];
}

/** How many emissions wait for a sink, where that is not as usual. A console or a file that loses lines surprises: nothing else there does. */
export function usualCapacity(sink: object): number | undefined {
  return lastWritesOf(sink)?.local ? Number.POSITIVE_INFINITY : undefined;
}
