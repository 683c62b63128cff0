import type { Terminal } from './terminal.js';

/** What a command ends the process with: all is well, something is wrong, or the command line is. */
export const ENDS: { readonly well: 0; readonly wrong: 1; readonly misuse: 2 } = {
  well: 0,
  wrong: 1,
  misuse: 2,
};

/** One command of `npx signalbox`. */
export interface Command {
  /** Its words: `dashboards export`. */
  readonly words: string;
  /** How it is written, a line for each form. */
  readonly usage: readonly string[];
  readonly summary: string;
  /** Does it. Throws a {@link Misuse} where its arguments are wrong. Resolves to the exit code. */
  run(args: readonly string[], terminal: Terminal): Promise<number>;
}

/** A command line that is wrong: the message says what, and the fix. */
export class Misuse extends Error {}
