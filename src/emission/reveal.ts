/** Replaces a sensitive value. */
export const REDACTED = '[redacted]';

/** The sorted and joined names of the sensitive fields that a destination may see. */
export type RevealKey = string;

/** The key of a destination that may see no sensitive field. */
export const NOTHING_REVEALED: RevealKey = '';

export function revealKey(names: Iterable<string>): RevealKey {
  return [...new Set(names)].sort().join(' ');
}

type Names = ReadonlySet<string>;

const NO_NAMES: Names = new Set();
/** The most keys that are kept: more than the routes of one app have. */
const KEPT = 1024;
const named = new Map<RevealKey, Names>();

/** The names of the sensitive fields that a destination may see. */
export function revealedNames(key: RevealKey): Names {
  if (key === NOTHING_REVEALED) return NO_NAMES;
  const known = named.get(key);
  if (known) return known;
  const names = new Set(key.split(' '));
  if (named.size < KEPT) named.set(key, names);
  return names;
}

/** Whether a destination may see a field. */
export function isShown(
  field: { readonly name: string; readonly sensitive: boolean },
  revealed: Names,
): boolean {
  return !field.sensitive || revealed.has(field.name);
}
