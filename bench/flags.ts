import { parseArgs } from 'node:util';
import { didYouMean } from '../src/signal/did-you-mean.js';
import { shown } from '../src/signal/signalbox-error.js';

/** What the command line asks for. */
export interface BenchFlags {
  readonly help: boolean;
  /** The rows that it names, in the order of the table; none of them where it names none. */
  readonly ids: readonly string[];
  /** Rows that need a server too, and everything again on Node 24 with SDK 3.x. */
  readonly all: boolean;
  /** The file that gets the figures as JSON. */
  readonly json: string | undefined;
  /** Whether what is kept in the repository is written: the tables of bench/README.md, or with `gate` its figures. */
  readonly write: boolean;
  /** Whether counts are compared with those that the repository keeps, in place of measuring times. */
  readonly gate: boolean;
}

export const USAGE = `npm run bench -- [ID…] [--all] [--json FILE] [--write]
npm run bench -- [ID…] --gate [--write]

  ID…          these rows alone; left out: those that need no server
  --all        rows that need a server too, and the same again on Node 24 with SDK 3.x (Linux on x64)
  --json FILE  the figures, as [{ id, node, sdk, unit, value, low, high, against, bytes }]
  --write      the figures go into bench/figures.json, and the tables of bench/README.md are made of it
  --gate       compares counts with bench/gate.json, and fails where one has grown; with --write keeps them there`;

const OPTIONS = {
  help: { type: 'boolean', default: false },
  all: { type: 'boolean', default: false },
  json: { type: 'string' },
  write: { type: 'boolean', default: false },
  gate: { type: 'boolean', default: false },
} as const;

/**
 * What the flags of `npm run bench` say.
 *
 * @param known The ids of the rows there are, in the order of the table.
 * @throws {Error} A sentence for the person at the terminal.
 */
export function readBenchFlags(args: readonly string[], known: readonly string[]): BenchFlags {
  refuseUnknown(args);
  const { values, positionals } = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  for (const id of positionals) {
    if (known.includes(id)) continue;
    throw new Error(`There is no row ${shown(id)}.${didYouMean(id, known)} There are: ${known.join(', ')}.`);
  }
  if (values.json === '') throw new Error("--json is ''. Give the file that the figures go into.");
  if (values.gate && values.all)
    throw new Error('--gate counts on this Node alone. Leave --all out, or run it on the other Node.');
  if (values.gate && values.json !== undefined)
    throw new Error('--gate has no figures of time. Leave --json out, or give --gate in a run of its own.');
  return {
    ...{ help: values.help, all: values.all, json: values.json, write: values.write, gate: values.gate },
    ids: known.filter((id) => positionals.includes(id)),
  };
}

/** Node's own words for these speak of positional arguments, and name no flag that there is. */
function refuseUnknown(args: readonly string[]): void {
  const known = Object.keys(OPTIONS);
  const { tokens } = parseArgs({
    ...{ args: [...args], options: OPTIONS, strict: false, allowPositionals: true, tokens: true },
  });
  for (const token of tokens) {
    if (token.kind !== 'option' || known.includes(token.name)) continue;
    throw new Error(
      `There is no flag '${token.rawName}'.${didYouMean(
        token.rawName,
        known.map((name) => `--${name}`),
      )} There are: ${known.map((name) => `--${name}`).join(', ')}.`,
    );
  }
}
