import { environment } from '../signal/environment.js';
import { LONGEST_MILLIS } from '../signal/option-checks.js';

/** A whole number from 1 that the environment says, as far as a timer can hold it; what is none is as if it were not said. */
export function countFromEnvironment(variable: string, otherwise: number): number {
  const given = Number(environment()[variable]);
  return Number.isInteger(given) && given > 0 ? Math.min(given, LONGEST_MILLIS) : otherwise;
}
