/** What stands in place of a value that can not be carried. */
export const UNSERIALIZABLE = '[unserializable]';

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
