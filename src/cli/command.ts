import type { Terminal } from './terminal.js';

/** Exit codes: nothing is wrong, something is wrong, or the command line is wrong. */
export const ENDS: { readonly well: 0; readonly wrong: 1; readonly misuse: 2 } = {
  well: 0,
  wrong: 1,
  misuse: 2,
};

/** One command of `npx signalbox`. */
export interface Command {
  /** The words of the command, as in `dashboards export`. */
  readonly words: string;
  /** The forms of the command line, one per line. */
  readonly usage: readonly string[];
  readonly summary: string;
  /** Runs the command. Resolves to the exit code. Throws a {@link Misuse} if the arguments are wrong. */
  run(args: readonly string[], terminal: Terminal): Promise<number>;
}

/** A wrong command line. The message names the mistake and the fix. */
export class Misuse extends Error {}
