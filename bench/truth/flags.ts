import { parseArgs } from 'node:util';
import type { EngineName } from './engines/engine.js';
import { engineNames } from './engines/engine.js';
import type { Victim } from './run/disturbances.js';

const VICTIMS: readonly Victim[] = ['worker', 'store', 'collector', 'jaeger'];

export interface TruthFlags {
  readonly help: boolean;
  readonly jobs: number;
  readonly engines: readonly EngineName[];
  readonly seed: number;
  readonly rate: number;
  readonly workers: number;
  readonly only: readonly Victim[] | undefined;
  readonly keep: boolean;
  readonly write: boolean;
}

/** What the flags of `npm run truth` say. Throws a sentence for the person at the terminal. */
export function readTruthFlags(args: readonly string[]): TruthFlags {
  const { values } = parseArgs({
    args: [...args],
    options: {
      help: { type: 'boolean', default: false },
      jobs: { type: 'string', default: '20000' },
      engine: { type: 'string', multiple: true, default: [] },
      seed: { type: 'string', default: '1' },
      rate: { type: 'string', default: '60' },
      workers: { type: 'string', default: '4' },
      disturb: { type: 'string' },
      keep: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
    },
  });
  const engines = values.engine.map((name) => oneOf('--engine', engineNames, name));
  return {
    help: values.help,
    jobs: numberOf('--jobs', values.jobs),
    engines: engines.length > 0 ? engines : engineNames,
    seed: numberOf('--seed', values.seed),
    rate: numberOf('--rate', values.rate),
    workers: numberOf('--workers', values.workers),
    only:
      values.disturb === undefined
        ? undefined
        : values.disturb === 'none'
          ? []
          : values.disturb.split(',').map((name) => oneOf('--disturb', VICTIMS, name)),
    keep: values.keep,
    write: values.write,
  };
}

/** A flag's whole number of at least 1. */
export function numberOf(flag: string, text: string): number {
  if (/^[1-9]\d*$/.test(text) && Number.isSafeInteger(Number(text))) return Number(text);
  throw new Error(`${flag} is '${text}'. Give a whole number of at least 1.`);
}

function oneOf<T extends string>(flag: string, known: readonly T[], text: string): T {
  const found = known.find((one) => one === text);
  if (found !== undefined) return found;
  throw new Error(`${flag} takes ${known.join(', ')}, not '${text}'.`);
}
