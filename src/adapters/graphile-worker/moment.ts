/** Epoch milliseconds of a timestamp as the driver returned it: a Date, or a string if the app has type parsers of its own. */
export function momentOf(value: unknown): number | undefined {
  if (value instanceof Date) return finite(value.getTime());
  return typeof value === 'string' || typeof value === 'number'
    ? finite(new Date(value).getTime())
    : undefined;
}

function finite(millis: number): number | undefined {
  return Number.isFinite(millis) ? millis : undefined;
}

/** The latest of some moments. Undefined if one of them is not known. */
export function laterOf(...moments: readonly (number | undefined)[]): number | undefined {
  const known = moments.filter((moment) => moment !== undefined);
  return known.length === moments.length ? Math.max(...known) : undefined;
}
