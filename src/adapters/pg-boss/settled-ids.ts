/** The ids of an argument that names one job or several, by ids or as jobs. */
export function idsOf(given: unknown): readonly string[] {
  try {
    const items: readonly unknown[] = Array.isArray(given) ? given : [given];
    return items.flatMap((item) => {
      const id: unknown = typeof item === 'string' ? item : (item as { id?: unknown } | null)?.id;
      return typeof id === 'string' ? [id] : [];
    });
  } catch {
    return [];
  }
}

/**
 * The jobs that a command changed, of those that the app named. pg-boss names them (12.35 and up), though its types do not say so. If it only counts
 * them, and they are not all or none, nobody can know: undefined.
 */
export function settledIds(response: unknown, asked: readonly string[]): ReadonlySet<string> | undefined {
  const { settled, affected } = (response ?? {}) as { settled?: unknown; affected?: unknown };
  if (Array.isArray(settled)) return new Set(settled.map(String));
  if (affected === asked.length) return new Set(asked);
  return affected === 0 ? new Set() : undefined;
}
