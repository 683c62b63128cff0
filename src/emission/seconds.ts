/** The first duration, in milliseconds, at which a double no longer holds microseconds exactly. */
const ROUNDED = 1e12;

/** Converts milliseconds to the seconds of an attribute, rounded to the microsecond: smaller digits are noise of the clock. */
export function seconds(millis: number): number {
  return Math.abs(millis) < ROUNDED ? Math.round(millis * 1000) / 1e6 : millis / 1000;
}
