/** Beyond it, in milliseconds, a double has no microseconds. */
const ROUNDED = 1e12;

/** Milliseconds as an attribute's seconds, to the microsecond: what lies below it is the clock's noise. */
export function seconds(millis: number): number {
  return Math.abs(millis) < ROUNDED ? Math.round(millis * 1000) / 1e6 : millis / 1000;
}
