/** What stands in place of a sensitive value. */
export const REDACTED = '[redacted]';

/** The sensitive fields that a destination may see: sorted names, joined. */
export type RevealKey = string;

/** Of a destination that no route lets see a sensitive field. */
export const NOTHING_REVEALED: RevealKey = '';

export function revealKey(names: Iterable<string>): RevealKey {
  return [...new Set(names)].sort().join(' ');
}

type Names = ReadonlySet<string>;

const NO_NAMES: Names = new Set();
/** More keys than routes of one app have. */
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
