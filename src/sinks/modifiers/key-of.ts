import { ownError } from '../../delivery/own-error.js';
import type { Emission, Leaving } from '../../emission/emission.js';
import { swallow } from '../../emission/swallow.js';

/** Gives the key of an emission. Emissions with the same key belong together. */
export type KeyOf = (emission: Emission) => Leaving | undefined;

/** The key of an emission as text; undefined if it has none. */
export function keyOf(by: KeyOf, emission: Emission): string | undefined {
  const key: unknown = by(emission);
  if (key === undefined || key === null) return undefined;
  // Otherwise all promises would be one key.
  if (swallow(key)) throw ownError('`by` of sampled() gave a promise: give a function that answers at once');
  return Array.isArray(key) ? key.join('\0') : String(key);
}
