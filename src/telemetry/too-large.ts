/** A sum of doubles ends at 1.8e308: below this, no app measures often enough to come near. */
export const TOO_LARGE = 1e300;

/** Whether a value is none, or so large that a few of them overflow a sum. */
export function isTooLarge(value: number): boolean {
  return !(Math.abs(value) < TOO_LARGE);
}
