/** What stands in place of a value that can not be carried. */
export const UNSERIALIZABLE = '[unserializable]';

/** The longest text that leaves, in UTF-16 units, where a box sets no `limits.stringLength`. */
export const DEFAULT_STRING_LENGTH = 4096;

/** The shortest text that V8 keeps as a part of another: shorter ones are copies already. */
const SHORTEST_SLICE = 13;

/** At most `limit` UTF-16 units, never half of a surrogate pair. */
export function cut(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const last = text.charCodeAt(limit - 1);
  return owned(text.slice(0, last >= 0xd800 && last <= 0xdbff ? limit - 1 : limit));
}

/**
 * The same text in memory of its own. A slice keeps the whole text alive that it was cut from, and a text that was put together keeps its
 * parts: an id of 64 characters may hold a body of 200 kB. For texts of the app that outlive the emit.
 */
export function owned(text: string): string {
  return text.length < SHORTEST_SLICE ? text : ` ${text}`.slice(1);
}

/** Text that UTF-8 can carry: half of a surrogate pair becomes U+FFFD. */
export function wellFormed(text: string): string {
  const { isWellFormed } = String.prototype as unknown as WellFormed;
  return isWellFormed.call(text) ? text : (String.prototype as unknown as WellFormed).toWellFormed.call(text);
}

/** Of ES2024: in Node since 20, and not in the types that this is compiled with. */
interface WellFormed {
  isWellFormed(this: string): boolean;
  toWellFormed(this: string): string;
}
