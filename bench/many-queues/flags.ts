import { parseArgs } from 'node:util';
import type { Matrix } from './matrix.js';
import { WHOLE } from './matrix.js';

/** What the command line asks for. */
export interface Flags {
  readonly matrix: Matrix;
  /** Minutes of exports that Prometheus has before it is asked. */
  readonly past: number;
  /** Minutes that the monitors of each engine are watched for. */
  readonly watch: number;
  readonly parts: readonly Part[];
  /** Whether the results go into bench/many-queues.md. */
  readonly write: boolean;
}

export type Part = (typeof PARTS)[number];

export const PARTS = ['series', 'ways', 'monitors'] as const;

/** Throws, with the fix, for what is none of ours. */
export function readFlags(args: readonly string[]): Flags {
  const { values } = parseArgs({
    args: [...args],
    options: {
      queues: { type: 'string' },
      types: { type: 'string' },
      processes: { type: 'string' },
      past: { type: 'string' },
      watch: { type: 'string' },
      only: { type: 'string' },
      write: { type: 'boolean', default: false },
    },
  });
  const whole = (name: keyof typeof values, otherwise: number): number => {
    const given = values[name];
    if (given === undefined) return otherwise;
    if (/^[1-9]\d*$/.test(String(given))) return Number(given);
    throw new Error(
      `--${name} is '${given}'. Give a whole number of at least 1, or leave it out for ${otherwise}.`,
    );
  };
  const only = PARTS.find((part) => part === values.only);
  if (values.only !== undefined && only === undefined)
    throw new Error(`--only is '${values.only}'. There are: ${PARTS.join(', ')}.`);
  return {
    matrix: {
      queues: whole('queues', WHOLE.queues),
      types: whole('types', WHOLE.types),
      processes: whole('processes', WHOLE.processes),
    },
    ...{ past: whole('past', 59), watch: whole('watch', 2), write: values.write },
    parts: only === undefined ? PARTS : [only],
  };
}
