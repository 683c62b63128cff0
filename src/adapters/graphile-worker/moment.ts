/** Epoch milliseconds of a timestamp as the driver gave it: a Date, or text where the app has its own type parsers. */
export function momentOf(value: unknown): number | undefined {
  if (value instanceof Date) return finite(value.getTime());
  return typeof value === 'string' || typeof value === 'number'
    ? finite(new Date(value).getTime())
    : undefined;
}

function finite(millis: number): number | undefined {
  return Number.isFinite(millis) ? millis : undefined;
}

/** The later of some moments, where all of them are known. */
export function laterOf(...moments: readonly (number | undefined)[]): number | undefined {
  const known = moments.filter((moment) => moment !== undefined);
  return known.length === moments.length ? Math.max(...known) : undefined;
}
