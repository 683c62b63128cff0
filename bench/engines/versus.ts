import type { Measured, MeasureOptions } from '../rows/row.js';
import type { EngineCase } from './case.js';
import { startOtel } from './otel.js';
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
  const micros = await playRounds(cases, startOtel(), plan);
  const of = (name: string): readonly number[] =>
    micros[cases.findIndex((found) => found.name === name)] ?? [];
  const base = of(against);
  const ratios = (values: readonly number[]): number[] =>
    values.map((value, i) => value / (base[i] ?? Number.NaN));
  return {
    ...spread(ratios(of(one))),
    against,
    notes: cases.map(({ name }, i) => {
      const costs = spread(micros[i] ?? []);
      const { value, low, high } = spread(ratios(micros[i] ?? []));
      return `${name}: ${value.toFixed(2)} (${low.toFixed(2)}–${high.toFixed(2)}), ${costs.value.toFixed(0)} µs a job (${costs.low.toFixed(0)}–${costs.high.toFixed(0)}), ${rounds} rounds`;
    }),
  };
}

function spread(values: readonly number[]): Pick<Measured, 'value' | 'low' | 'high'> {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (q: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
  return { value: at(0.5), low: at(0.1), high: at(0.9) };
}
