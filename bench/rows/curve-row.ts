import type { Case } from '../harness.js';
import { costsOf, noteOf, overRounds, summarise } from '../harness.js';
import type { Measured, Row, Unit } from './row.js';

type Given = Omit<Row, 'measure' | 'allocated' | 'unit'> & {
  /** Default: `ratio`. */
  readonly unit?: Unit;
  /** What grows, in the plural. */
  readonly of: string;
  readonly points: readonly number[];
  /** Called once, before the cases are made. */
  readonly begin?: () => void;
  readonly at: (point: number) => Case;
  /** The row's figure, of the costs at all points in one round. */
  readonly figure: (costs: readonly number[]) => number;
};

/** A row on how the cost of one operation grows: the curve is printed below the table. */
export function curveRow({ of, points, begin, at, figure, unit = 'ratio', ...facts }: Given): Row {
  return {
    ...facts,
    unit,
    measure: async ({ rounds, millis }): Promise<Measured> => {
      begin?.();
      const costs = await costsOf(points.map(at), rounds, millis);
      const names = points.map((point) => `${of}, ${point.toLocaleString('en-US')}`);
      return {
        ...overRounds(costs, figure),
        against: names[0] ?? '',
        notes: summarise(names, costs).map(noteOf),
      };
    },
  };
}

/** The dearest point, by the first. */
export function rise(costs: readonly number[]): number {
  return Math.max(...costs) / (costs[0] ?? Number.NaN);
}

/** What one more costs from one point to another. */
export function slope(costs: readonly number[], points: readonly number[], from: number, to: number): number {
  const at = (index: number, of: readonly number[]): number => of.at(index) ?? Number.NaN;
  return (at(to, costs) - at(from, costs)) / (at(to, points) - at(from, points));
}
