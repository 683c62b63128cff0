/** How far two clocks may differ over one moment. A wait that is negative by no more than this counts as zero; beyond it, the wait is unknown. */
const SKEW_MILLIS = 5;

/** Milliseconds from one moment to another, to the microsecond; undefined where that is not known. */
export function since(from: number | undefined, to: number): number | undefined {
  if (from === undefined || !Number.isFinite(from) || !Number.isFinite(to)) return undefined;
  const millis = Math.round((to - from) * 1000) / 1000;
  if (millis >= 0) return millis;
  return millis > -SKEW_MILLIS ? 0 : undefined;
}
