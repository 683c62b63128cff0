/** How many names a sentence has. */
const NAMED = 6;

/** A sentence on some names; none where there are none. */
export function named(given: readonly string[], sentence: (names: string) => string): string[] {
  if (given.length === 0) return [];
  const names = [...new Set(given)];
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : '';
  return [sentence(names.slice(0, NAMED).join(', ') + more)];
}
