/** What stands in place of a sensitive value. */
export const REDACTED = '[redacted]';

/** The sensitive fields that a destination may see: sorted names, joined. Empty: none. */
export type RevealKey = string;

/** Of a destination that no route lets see a sensitive field. */
export const NOTHING_REVEALED: RevealKey = '';

export function revealKey(names: Iterable<string>): RevealKey {
  return [...new Set(names)].sort().join(' ');
}

export function revealedNames(key: RevealKey): readonly string[] {
  return key === NOTHING_REVEALED ? [] : key.split(' ');
}
