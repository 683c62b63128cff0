/** Differences of clocks that measure the same moment. A wait this much below zero is none; a longer one is not known. */
const SKEW_MILLIS = 5;

/** Milliseconds from one moment to another, to the microsecond; undefined where that is not known. */
export function since(from: number | undefined, to: number): number | undefined {
  if (from === undefined || !Number.isFinite(from) || !Number.isFinite(to)) return undefined;
  const millis = Math.round((to - from) * 1000) / 1000;
  if (millis >= 0) return millis;
  return millis > -SKEW_MILLIS ? 0 : undefined;
}
