import type { Sample, Slope } from './slope.js';
import { slopeOf } from './slope.js';

/** What must not grow, and by how much an hour it may. */
export interface Bound {
  readonly name: string;
  readonly unit: string;
  readonly perHour: number;
}

export interface Verdict {
  readonly bound: Bound;
  readonly first: number;
  readonly last: number;
  readonly most: number;
  /** An hour; undefined where there were too few samples. */
  readonly slope: Slope | undefined;
  readonly flat: boolean;
}

const HOUR_MILLIS = 3_600_000;

/** Flat is what grows by less than its bound an hour, or of which no growth is shown: its interval contains 0. */
export function judge(bound: Bound, samples: readonly Sample[]): Verdict {
  const slope = slopeOf(samples.map(({ at, value }) => ({ at: at / HOUR_MILLIS, value })));
  const values = samples.map(({ value }) => value);
  const flat = slope !== undefined && (slope.slope <= bound.perHour || slope.slope - slope.margin <= 0);
  return {
    bound,
    first: values[0] ?? 0,
    last: values.at(-1) ?? 0,
    most: Math.max(...values),
    slope,
    flat,
  };
}
