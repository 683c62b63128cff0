import { parseArgs } from 'node:util';
import { nearest } from '../../../src/signal/did-you-mean.js';

/** What the command is asked for. */
export interface Flags {
  readonly help: boolean;
  readonly list: boolean;
  readonly write: boolean;
  readonly mutants: boolean;
  /** Faults that are played at a time. */
  readonly atOnce: number;
  /** Faults by `group/name`; all where no name was given. */
  readonly chosen: readonly string[];
  readonly isAll: boolean;
}

/** Reads the command line; a name is that of a fault, of a group, or `group/name`. Throws a sentence for the person at the terminal. */
export function parseFlags(args: readonly string[], paths: readonly string[]): Flags {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: {
      help: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      mutants: { type: 'boolean', default: false },
      'at-once': { type: 'string', default: '2' },
    },
    strict: true,
    allowPositionals: true,
  });
  const chosen = positionals.flatMap((name) => {
    const found = paths.filter((path) => path === name || path.split('/').includes(name));
    if (found.length > 0) return found;
    const names = [...new Set(paths.flatMap((path) => [path, ...path.split('/')]))];
    const near = nearest(name, names);
    throw new Error(
      `There is no fault or group '${name}'.${near ? ` Did you mean '${near}'?` : ''} There are:\n${paths.join('\n')}`,
    );
  });
  const isAll = positionals.length === 0;
  const atOnce = Number(values['at-once']);
  if (!Number.isInteger(atOnce) || atOnce < 1)
    throw new Error(`--at-once takes a whole number from 1, not '${values['at-once']}'.`);
  return { ...values, atOnce, chosen: isAll ? paths : [...new Set(chosen)], isAll };
}
