/** A value at a moment; the moment's unit is the caller's. */
export interface Sample {
  readonly at: number;
  readonly value: number;
}

export interface Slope {
  /** Units of the value in one unit of time. */
  readonly slope: number;
  /** Half the width of the 95 % confidence interval. */
  readonly margin: number;
  /** How much a residual says of the next one: -1 to 1. */
  readonly correlation: number;
}

/**
 * The slope by least squares. Samples of one process are no independent ones: where residuals resemble their neighbours, the standard
 * error is widened by √((1 + r) / (1 − r)), r their correlation at lag 1, as for a process of AR(1), and the degrees of freedom are
 * lessened alike. Fewer than 4 samples have no slope.
 */
export function slopeOf(samples: readonly Sample[]): Slope | undefined {
  const n = samples.length;
  if (n < 4) return undefined;
  const mean = (of: (sample: Sample) => number): number => samples.reduce((sum, one) => sum + of(one), 0) / n;
  const [at, value] = [mean((one) => one.at), mean((one) => one.value)];
  const sum = (of: (sample: Sample) => number): number => samples.reduce((all, one) => all + of(one), 0);
  const spread = sum((one) => (one.at - at) ** 2);
  if (spread === 0) return undefined;
  const slope = sum((one) => (one.at - at) * (one.value - value)) / spread;
  const residuals = samples.map((one) => one.value - value - slope * (one.at - at));
  const squares = residuals.reduce((all, residual) => all + residual ** 2, 0);
  if (squares === 0) return { slope, margin: 0, correlation: 0 };
  const lagged = residuals.slice(1).reduce((all, residual, i) => all + residual * (residuals[i] ?? 0), 0);
  const correlation = lagged / squares;
  const r = Math.min(0.95, Math.max(0, correlation));
  const widened = (1 + r) / (1 - r);
  const freedom = Math.max(2, n / widened - 2);
  const error = Math.sqrt((squares / (n - 2) / spread) * widened);
  return { slope, margin: quantile(freedom) * error, correlation };
}

/** Student's t, 97.5 %, by Cornish and Fisher; within 1 % from 3 degrees of freedom on. */
function quantile(freedom: number): number {
  if (freedom < 3) return 4.303;
  const z = 1.959964;
  const g1 = (z ** 3 + z) / 4;
  const g2 = (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96;
  const g3 = (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384;
  return z + g1 / freedom + g2 / freedom ** 2 + g3 / freedom ** 3;
}
