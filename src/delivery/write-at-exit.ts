import type { Emission } from '../emission/emission.js';
import type { Outcome } from './account.js';
import type { Connection } from './destination.js';
import type { Flight } from './flight.js';
import type { Leftover, Settled } from './last-writes.js';
import { givesLastWrites } from './last-writes.js';
import type { Patience } from './process-exit.js';
import { atExit } from './process-exit.js';

const AT_EXIT = Symbol.for('signalbox.at-exit');

/** What became of an emission when the process ended. */
export type ExitOutcome = Outcome;

/** How a sink of the library writes when the process ends: at once, and without what calls it else. */
export interface AtExit {
  /** Whether all that it does is to write here, so that bytes alone bound what waits for it. */
  readonly local: boolean;
  /** What may have to wait for a reader comes behind what need not: the time to wait is one for all. */
  readonly waits: boolean;
  /**
   * Brings what the sink was given already to its end, as far as it can. Says what became of the emission if it was given that one and
   * has not failed to write it; else nothing, and it is written with the others. Called once for each that the sink was given and has not
   * answered.
   */
  finish(given: Emission | undefined, patience: Patience): ExitOutcome | undefined;
  /** Writes emissions, in order, and tells the outcome of each, in order. It stops where it may wait no longer. */
  write(emissions: readonly Emission[], settled: (outcome: ExitOutcome) => void, patience: Patience): void;
}

/** Gives a sink its way of writing at the end of the process, whichever copy of the package reads it. Returns the sink. */
export function writesAtExit<F extends object>(sink: F, way: AtExit): F {
  givesLastWrites(sink, {
    get local() {
      return way.local;
    },
    atEnd: (exit) => atExit({ waits: way.waits, exit }),
    write: (left, settled, connection, patience) => writeLast(way, left, settled, connection, patience),
  });
  return Object.defineProperty(sink, AT_EXIT, { value: way, configurable: true });
}

/** How a sink writes at the end of the process; `undefined` for a function of the app's. */
export function atExitOf(sink: object): AtExit | undefined {
  return (sink as { readonly [AT_EXIT]?: AtExit })[AT_EXIT];
}

/** Has a sink write what is left: what it was given and has not answered, then what waits. Tells the outcome of each. */
function writeLast(
  way: AtExit,
  { given, waiting }: Leftover,
  settled: Settled,
  connection: Connection,
  patience: Patience,
): void {
  const left = new Set([...given, ...waiting]);
  const end = (flight: Flight, outcome: Outcome): void => {
    left.delete(flight);
    settled(flight, outcome);
  };
  try {
    connection.inside(() => {
      if (given.length === 0) way.finish(undefined, patience);
      for (const flight of given) {
        const outcome = way.finish(flight.emission, patience);
        if (outcome) end(flight, outcome);
      }
      if (left.size === 0) return;
      const lines = [...left];
      const next = lines.values();
      way.write(
        lines.map(({ emission }) => emission),
        (outcome) => end(next.next().value as Flight, outcome),
        patience,
      );
    });
  } catch {
    // Emissions without an outcome are counted below.
  }
  const lost = left.size;
  if (lost === 0) return;
  for (const flight of left) end(flight, { dropped: 'exit' });
  const { name, report } = connection;
  report(
    `${name} exit`,
    `destination '${name}': the process ended before ${lost} of its emissions were written`,
  );
}
