import type { Sample, Slope } from './slope.js';
import { slopeOf } from './slope.js';

/** What must not grow, and by how much an hour it may. */
export interface Bound {
  readonly name: string;
  readonly unit: string;
  readonly perHour: number;
}

/**
 * `flat` is what is shown to grow by less than its bound: all of its interval lies below. `grows` is what is shown to grow, `unclear` what a
 * wide interval may hide; a short run shows neither.
 */
export type Trend = 'flat' | 'grows' | 'unclear' | 'too short to tell';

export interface Verdict {
  readonly bound: Bound;
  readonly first: number;
  readonly last: number;
  readonly most: number;
  /** An hour; undefined where there were too few samples. */
  readonly slope: Slope | undefined;
  readonly trend: Trend;
}

const HOUR_MILLIS = 3_600_000;
/** In a shorter run code is still being compiled, and pools filled, for a good part of it. */
const SHORT_MILLIS = 20 * 60_000;

/** By samples of so long a run, which may be longer than they are: what was warming up is not among them. */
export function judge(bound: Bound, samples: readonly Sample[], runMillis: number): Verdict {
  const slope = slopeOf(samples.map(({ at, value }) => ({ at: at / HOUR_MILLIS, value })));
  const values = samples.map(({ value }) => value);
  return {
    bound,
    first: values[0] ?? 0,
    last: values.at(-1) ?? 0,
    most: values.length === 0 ? 0 : Math.max(...values),
    slope,
    trend: trendOf(bound, slope, runMillis),
  };
}

function trendOf({ perHour }: Bound, slope: Slope | undefined, runMillis: number): Trend {
  if (slope !== undefined && slope.slope + slope.margin <= perHour) return 'flat';
  if (runMillis < SHORT_MILLIS) return 'too short to tell';
  return slope !== undefined && slope.slope - slope.margin > 0 ? 'grows' : 'unclear';
}

/** Whether a run is to be blamed for it. */
export function isAmiss({ trend }: Verdict): boolean {
  return trend === 'grows' || trend === 'unclear';
}
