/**
 * How long an answer asks to wait, in milliseconds; undefined if it does not say, or says nothing readable. A date is measured from
 * the answer's own `Date`, if it has one, because the clock here may differ.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110.html#name-retry-after
 */
export function retryAfterMillis(
  retryAfter: string | undefined,
  date: string | undefined,
): number | undefined {
  if (retryAfter === undefined) return undefined;
  if (/^\s*\d+\s*$/.test(retryAfter)) return Number(retryAfter) * 1000;
  // An HTTP date begins with its day's name. `Date.parse` takes much else, as `-1`.
  const at = /^[A-Z][a-z]{2}/.test(retryAfter) ? Date.parse(retryAfter) : Number.NaN;
  if (Number.isNaN(at)) return undefined;
  const from = date === undefined ? Number.NaN : Date.parse(date);
  return Math.max(0, at - (Number.isNaN(from) ? Date.now() : from));
}
