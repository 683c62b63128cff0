import { didYouMean } from '../src/signal/did-you-mean.js';
import { shown } from '../src/signal/signalbox-error.js';

/** What the environment says a benchmark is to do. Throws, with the fix, for what it can not do: a run of nothing looks like a good one. */
type Environment = Readonly<Record<string, string | undefined>>;

/** The variables of the benchmarks. */
export const NAMES: readonly string[] = ['BENCH_JOBS', 'BENCH_MILLIS', 'BENCH_ROUNDS'];

/** A whole number of at least 1. */
export function countOf(name: string, otherwise: number, env: Environment = process.env): number {
  const given = env[name];
  if (given === undefined) return otherwise;
  if (/^[1-9]\d*$/.test(given) && Number.isSafeInteger(Number(given))) return Number(given);
  throw new Error(
    `${name} is ${shown(given)}. Give a whole number of at least 1, or leave it out for ${otherwise}.`,
  );
}

/** What was a variable once, and what is done now in its place. */
export const GONE: Readonly<Record<string, string>> = {
  BENCH_ENGINE: 'Name the rows, as in `npm run bench -- jobs-bullmq`.',
};

/** Throws for variables that begin as ours do and are none. */
export function checkNames(prefix: string, known: readonly string[], env: Environment = process.env): void {
  for (const name of Object.keys(env)) {
    if (!name.startsWith(prefix) || known.includes(name)) continue;
    const instead = GONE[name];
    if (instead) throw new Error(`${name} is no variable of the benchmarks any more. ${instead}`);
    throw new Error(
      `${name} is no variable of the benchmarks.${didYouMean(name, known)} There are: ${known.join(', ')}.`,
    );
  }
}
