/** At most `limit` UTF-16 units, never half of a surrogate pair. */
export function cut(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const last = text.charCodeAt(limit - 1);
  return copied(text.slice(0, last >= 0xd800 && last <= 0xdbff ? limit - 1 : limit));
}

// A slice keeps the whole text alive behind it: a queue of cut strings would hold all that was cut off.
function copied(slice: string): string {
  return ` ${slice}`.slice(1);
}

const NODES = 10_000;

/**
 * JSON of anything; undefined where there is none (cycles, BigInt, throwing toJSON, too deep, too many parts). Strings in it are cut
 * at `limit`, so that its size is bounded.
 */
export function jsonOf(value: unknown, limit: number): string | undefined {
  let nodes = 0;
  try {
    return JSON.stringify(value, (_key, inner: unknown) => {
      if (++nodes > NODES) throw new RangeError('too many parts');
      return typeof inner === 'string' ? cut(inner, limit) : inner;
    });
  } catch {
    return undefined;
  }
}
