/** Maximum number of names in a sentence. */
const NAMED = 6;

/** A list with a sentence on some names. It is empty without names. */
export function named(given: readonly string[], sentence: (names: string) => string): string[] {
  if (given.length === 0) return [];
  const names = [...new Set(given)];
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : '';
  return [sentence(names.slice(0, NAMED).join(', ') + more)];
}
