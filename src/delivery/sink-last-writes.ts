import type { Outcome } from './account.js';
import type { Connection } from './destination.js';
import type { Flight } from './flight.js';
import type { Patience } from './process-exit.js';

const LAST_WRITES = Symbol.for('signalbox.last-writes.1');

/** The emissions that a sink has not written when the process ends. */
export interface Leftover {
  /** Emissions that the sink was called with and has not answered. */
  readonly given: readonly Flight[];
  readonly waiting: readonly Flight[];
}

/** Gets the outcome of each emission. */
export type Settled = (flight: Flight, outcome: Outcome) => void;

/** The last writes of a library sink when the process ends. The sink brings this code, so that a box without such sinks does not load it. */
export interface LastWrites {
  /** Whether the sink only writes to this machine. Its queue is then bounded in bytes only. */
  readonly local: boolean;
  /** Calls `exit` when the process ends. Returns the undo. */
  atEnd(exit: (patience: Patience) => void): () => void;
  /** Writes the leftover: first the given emissions, then the waiting ones. */
  write(left: Leftover, settled: Settled, connection: Connection, patience: Patience): void;
}

export function givesLastWrites(sink: object, writes: LastWrites): void {
  Object.defineProperty(sink, LAST_WRITES, { value: writes, configurable: true });
}

/** The last writes of a sink, whichever copy of the package made it. */
export function lastWritesOf(sink: object): LastWrites | undefined {
  return (sink as { readonly [LAST_WRITES]?: LastWrites })[LAST_WRITES];
}

/** The capacity of a sink's queue if it is not the default. Consoles and files have no bound in items: nobody expects them to lose lines. */
export function usualCapacity(sink: object): number | undefined {
  return lastWritesOf(sink)?.local ? Number.POSITIVE_INFINITY : undefined;
}
