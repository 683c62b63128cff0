import { environment } from '../signal/environment.js';
import { LONGEST_MILLIS } from '../signal/option-checks.js';

/** A whole number of at least 1 from the environment, capped at what a timer can hold. Any other value counts as not set. */
export function countFromEnvironment(variable: string, otherwise: number): number {
  const given = Number(environment()[variable]);
  return Number.isInteger(given) && given > 0 ? Math.min(given, LONGEST_MILLIS) : otherwise;
}
