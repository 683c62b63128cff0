export interface Spread {
  /** The median, and the 10th and 90th percentile. */
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** The value below which so large a part of them lies. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}

export function spreadOf(values: readonly number[]): Spread {
  return { value: quantile(values, 0.5), low: quantile(values, 0.1), high: quantile(values, 0.9) };
}

/** As it stands in notes: `1.02 (0.97–1.10)`. */
export function shownSpread({ value, low, high }: Spread, digits: number): string {
  return `${value.toFixed(digits)} (${low.toFixed(digits)}–${high.toFixed(digits)})`;
}
