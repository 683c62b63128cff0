/** A sum of doubles overflows at 1.8e308. No app measures often enough to get there with values below this limit. */
export const TOO_LARGE = 1e300;

/** Whether a value is not a number, or so large that a few such values overflow a sum. */
export function isTooLarge(value: number): boolean {
  return !(Math.abs(value) < TOO_LARGE);
}
