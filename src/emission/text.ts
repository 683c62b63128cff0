/** At most `limit` UTF-16 units, never half of a surrogate pair. */
export function cut(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const last = text.charCodeAt(limit - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? limit - 1 : limit);
}

const NODES = 10_000;

/** JSON of anything, bounded; undefined where there is none (cycles, BigInt, throwing toJSON, too deep, too many parts). */
export function jsonOf(value: unknown): string | undefined {
  let nodes = 0;
  try {
    return JSON.stringify(value, (_key, inner: unknown) => {
      if (++nodes > NODES) throw new RangeError('too many parts');
      return inner;
    });
  } catch {
    return undefined;
  }
}
