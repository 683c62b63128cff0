import { appMeters, startAppSdk } from '../cases/app-sdk.js';
import type { Measured, MeasureOptions } from '../rows/row.js';
import { shownSpread, spreadOf } from '../spread.js';
import type { EngineCase } from './case.js';
import { playRounds } from './rounds.js';

/** Fewer have no spread. */
const FEWEST_ROUNDS = 5;

/** What an observed job costs against one that is observed another way: their ratio in each round. The other cases go into the notes. */
export async function versus(
  cases: readonly EngineCase[],
  one: string,
  against: string,
  options: MeasureOptions & { readonly warmUp: number },
): Promise<Measured> {
  const rounds = Math.min(options.jobs, Math.max(FEWEST_ROUNDS, options.rounds));
  const plan = { jobs: options.jobs, rounds, warmUp: options.warmUp };
  const meters = appMeters();
  const sdk = startAppSdk({ meters, exportSpans: true });
  const flush = (): Promise<unknown> => Promise.all([sdk.flush(), meters.collect()]);
  const micros = await playRounds(cases, { flush }, plan);
  const of = (name: string): readonly number[] =>
    micros[cases.findIndex((found) => found.name === name)] ?? [];
  const base = of(against);
  const ratios = (values: readonly number[]): number[] =>
    values.map((value, i) => value / (base[i] ?? Number.NaN));
  return {
    ...spreadOf(ratios(of(one))),
    against,
    notes: cases.map(({ name }, i) => {
      const values = micros[i] ?? [];
      return `${name}: ${shownSpread(spreadOf(ratios(values)), 2)}, ${shownSpread(spreadOf(values), 0)} µs a job, ${rounds} rounds`;
    }),
  };
}
