import { parseArgs } from 'node:util';

/** What the flags of `npm run test:e2e` say. */
export interface Flags {
  readonly help: boolean;
  readonly docker: boolean;
  readonly keep: boolean;
  /** Only the programs are built. */
  readonly build: boolean;
  /** Names of the steps to run; all where it is empty. */
  readonly only: readonly string[];
}

/** Reads the command line. Throws a sentence for the person at the terminal. */
export function parseFlags(args: readonly string[], steps: readonly string[]): Flags {
  const { values } = parseArgs({
    args: [...args],
    options: {
      help: { type: 'boolean', default: false },
      docker: { type: 'boolean', default: false },
      keep: { type: 'boolean', default: false },
      build: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
    },
    strict: true,
    allowPositionals: false,
  });
  for (const name of values.only) {
    if (!steps.includes(name)) throw new Error(`--only takes ${steps.join(', ')}, not '${name}'.`);
  }
  return values;
}
