import { didYouMean, shown } from '../src/signal/problem.js';

/** What the environment says a benchmark is to do. Throws, with the fix, for what it can not do: a run of nothing looks like a good one. */
type Environment = Readonly<Record<string, string | undefined>>;

/** The variables of the benchmarks: one that another of them takes is no mistake. */
export const NAMES: readonly string[] = ['BENCH_ENGINE', 'BENCH_JOBS', 'BENCH_MILLIS', 'BENCH_ROUNDS'];

/** A whole number of at least 1. */
export function countOf(name: string, otherwise: number, env: Environment = process.env): number {
  const given = env[name];
  if (given === undefined) return otherwise;
  if (/^[1-9]\d*$/.test(given) && Number.isSafeInteger(Number(given))) return Number(given);
  throw new Error(
    `${name} is ${shown(given)}. Give a whole number of at least 1, or leave it out for ${otherwise}.`,
  );
}

/** One of some names; undefined where none is given, which means all. */
export function choiceOf<T extends string>(
  name: string,
  known: readonly T[],
  env: Environment = process.env,
): T | undefined {
  const given = env[name];
  if (given === undefined) return undefined;
  const found = known.find((one) => one === given);
  if (found !== undefined) return found;
  throw new Error(`${name} is ${shown(given)}.${didYouMean(given, known)} There are: ${known.join(', ')}.`);
}

/** Throws for variables that begin as ours do and are none. */
export function checkNames(prefix: string, known: readonly string[], env: Environment = process.env): void {
  for (const name of Object.keys(env)) {
    if (!name.startsWith(prefix) || known.includes(name)) continue;
    throw new Error(
      `${name} is no variable of the benchmarks.${didYouMean(name, known)} There are: ${known.join(', ')}.`,
    );
  }
}
