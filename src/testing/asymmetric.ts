/** What test runners' own `expect.any(…)` and the like make: they say themselves whether a value fits. */
export interface Asymmetric {
  asymmetricMatch(other: unknown): boolean;
  toAsymmetricMatcher?(): string;
}

export function isAsymmetric(value: unknown): value is Asymmetric {
  return (
    typeof value === 'object' &&
    value !== null &&
    'asymmetricMatch' in value &&
    typeof value.asymmetricMatch === 'function'
  );
}

/** A value as JSON; of what is asymmetric, and of `undefined`, how it is written. */
export function inBrief(value: unknown): string {
  if (value === undefined) return 'nothing';
  return (
    JSON.stringify(value, (_, part: unknown) => (isAsymmetric(part) ? written(part) : part)) ?? String(value)
  );
}

function written(matcher: Asymmetric): string {
  try {
    return matcher.toAsymmetricMatcher?.() ?? String(matcher);
  } catch {
    return 'an asymmetric matcher';
  }
}
