/** The value below which so large a part of them lies. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}

export interface Spread {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** The median, and the 10th and 90th percentile. */
export function spreadOf(values: readonly number[]): Spread {
  return { value: quantile(values, 0.5), low: quantile(values, 0.1), high: quantile(values, 0.9) };
}

export function shownSpread({ value, low, high }: Spread, digits: number): string {
  return `${value.toFixed(digits)} (${low.toFixed(digits)}–${high.toFixed(digits)})`;
}

/** By how much the value rises with each unit of `at`: the line of least squares. */
export function slopeOf(points: readonly { readonly at: number; readonly value: number }[]): number {
  const mean = (of: (point: { readonly at: number; readonly value: number }) => number): number =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const [at, value] = [mean((point) => point.at), mean((point) => point.value)];
  const covariance = mean((point) => (point.at - at) * (point.value - value));
  return covariance / mean((point) => (point.at - at) ** 2);
}
