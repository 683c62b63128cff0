import type { Emission } from '../emission/emission.js';
import { defaultCapacity } from './bounded-queue.js';
import type { Connection } from './destination.js';
import type { Patience } from './process-exit.js';
import { atExit } from './process-exit.js';

const AT_EXIT = Symbol.for('signalbox.at-exit');

/** What became of an emission when the process ended. */
export type ExitOutcome = 'delivered' | 'failed' | { readonly dropped: string };

/** How a sink of the library writes when the process ends: at once, and without what calls it else. */
export interface AtExit {
  /** Whether all that it does is to write here, so that bytes alone bound what waits for it. */
  readonly local: boolean;
  /** What may have to wait for a reader comes behind what need not: the time to wait is one for all. */
  readonly waits: boolean;
  /**
   * Brings what the sink was given already to its end, as far as it can. Says what became of the emission if it was given that one and
   * has not failed to write it; else nothing, and it is written with the others.
   */
  finish(given: Emission | undefined, patience: Patience): ExitOutcome | undefined;
  /** Writes emissions, in order, and tells the outcome of each, in order. It stops where it may wait no longer. */
  write(emissions: readonly Emission[], settled: (outcome: ExitOutcome) => void, patience: Patience): void;
}

/** Gives a sink its way of writing at the end of the process, whichever copy of the package reads it. Returns the sink. */
export function writesAtExit<F extends object>(sink: F, way: AtExit): F {
  return Object.defineProperty(sink, AT_EXIT, { value: way, configurable: true });
}

/** How a sink writes at the end of the process; `undefined` for a function of the app's. */
export function atExitOf(sink: object): AtExit | undefined {
  return (sink as { readonly [AT_EXIT]?: AtExit })[AT_EXIT];
}

/** How many emissions wait for a sink unless told otherwise. A console or a file that loses lines surprises: nothing else there does. */
export function usualCapacity(sink: object): number {
  return atExitOf(sink)?.local ? Number.POSITIVE_INFINITY : defaultCapacity;
}

/** Calls when the process ends, where the sink can write then. Returns the undo. */
export function writesLast(sink: object, exit: (patience: Patience) => void): (() => void) | undefined {
  const way = atExitOf(sink);
  return way && atExit({ waits: way.waits, exit });
}

/**
 * Has a sink write what is left; `given` where it has been given the first of it. Counts what became of each, as `exit` what there was no
 * time for.
 */
export function writeLast(
  sink: object,
  waiting: readonly { readonly emission: Emission }[],
  given: boolean,
  connection: Connection,
  patience: Patience,
): void {
  const account = connection.account('sink');
  const left = waiting.map(({ emission }) => emission);
  let told = 0;
  const settled = (outcome: ExitOutcome): void => {
    told++;
    if (outcome === 'delivered') account.delivered();
    else if (outcome === 'failed') account.failed();
    else account.dropped(outcome.dropped);
  };
  const way = atExitOf(sink);
  try {
    connection.inside(() => {
      const outcome = way?.finish(given ? left[0] : undefined, patience);
      if (outcome) settled(outcome);
      if (told < left.length) way?.write(left.slice(told), settled, patience);
    });
  } catch {
    // What has no outcome is counted below.
  }
  const lost = left.length - told;
  if (lost === 0) return;
  account.dropped('exit', lost);
  const { name, report } = connection;
  report(
    `${name} exit`,
    `destination '${name}': the process ended before ${lost} of its emissions were written`,
  );
}
