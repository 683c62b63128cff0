import type { Emission } from '../emission/emission.js';
import type { Outcome } from './account.js';
import type { Connection } from './destination.js';
import type { Flight } from './flight.js';
import type { Patience } from './process-exit.js';
import { atExit } from './process-exit.js';
import type { Leftover, Settled } from './sink-last-writes.js';
import { givesLastWrites } from './sink-last-writes.js';

const AT_EXIT = Symbol.for('signalbox.at-exit');

/** The outcome of an emission when the process ends. */
export type ExitOutcome = Outcome;

/** How a sink of the library writes when the process ends: synchronously, and without its queue and modifiers. */
export interface AtExit {
  /** Whether the sink only writes to this machine. Its queue is then bounded in bytes only. */
  readonly local: boolean;
  /** Whether it may have to wait for a reader. Such sinks come last, because all sinks share the time to wait. */
  readonly waits: boolean;
  /**
   * Completes pending writes as far as possible. Returns the outcome of `given` if the sink has that emission and did not fail to write it.
   * Otherwise it returns undefined, and `write` writes the emission with the others. Called once for each emission that the sink was called
   * with and has not answered.
   */
  finish(given: Emission | undefined, patience: Patience): ExitOutcome | undefined;
  /** Writes emissions in order and passes the outcome of each to `settled`, in order. Stops when no time to wait is left. */
  write(emissions: readonly Emission[], settled: (outcome: ExitOutcome) => void, patience: Patience): void;
}

/** Sets how a sink writes at the end of the process. Every copy of the package can read it. Returns the sink. */
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

/** How a sink writes at the end of the process; `undefined` for a function of the app. */
export function atExitOf(sink: object): AtExit | undefined {
  return (sink as { readonly [AT_EXIT]?: AtExit })[AT_EXIT];
}

/** Makes a sink write the leftover: first the emissions that it has not answered, then the waiting ones. Passes on each outcome. */
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
