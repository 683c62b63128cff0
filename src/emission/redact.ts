/** What stands in place of a sensitive value. */
export const REDACTED = '[redacted]';

/** The sensitive fields that a destination may see: sorted names, joined. Empty: none. */
export type RevealKey = string;

export function revealKey(names: Iterable<string>): RevealKey {
  return [...new Set(names)].sort().join(' ');
}

export function revealedNames(key: RevealKey): readonly string[] {
  return key === '' ? [] : key.split(' ');
}
