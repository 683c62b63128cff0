/**
 * A number from 0 up to 1 that depends on what it is thrown for, and on nothing else.
 *
 * @example
 * ```ts
 * dice(7, 12, 'priority'); // the same on every machine and in every order of calls
 * ```
 */
export function dice(...what: readonly (string | number)[]): number {
  // FNV-1a, then the finaliser of MurmurHash3: without it, neighbouring jobs get neighbouring numbers.
  let hash = 0x811c9dc5;
  for (const char of what.join('/')) hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}

/** One of the values, by a throw of the {@link dice}. */
export function drawFrom<const T>(values: readonly [T, ...T[]], ...what: readonly (string | number)[]): T {
  return values[Math.floor(dice(...what) * values.length)] ?? values[0];
}
