/** Replaces a value that can not be carried. */
export const UNSERIALIZABLE = '[unserializable]';

/** The default of `limits.stringLength`: the longest text that leaves, in UTF-16 units. */
export const DEFAULT_STRING_LENGTH = 4096;

/** The shortest slice that V8 keeps as a reference to its parent text. Shorter slices are copies. */
const SHORTEST_SLICE = 13;

/** The first `limit` UTF-16 units at most, without half of a surrogate pair at the end. */
export function cut(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const last = text.charCodeAt(limit - 1);
  return owned(text.slice(0, last >= 0xd800 && last <= 0xdbff ? limit - 1 : limit));
}

/**
 * A copy of the text in its own memory, for texts of the app that outlive the emit. A slice keeps alive the whole text that it was cut from,
 * and a concatenated text keeps its parts: an id of 64 characters may hold a body of 200 kB.
 */
export function owned(text: string): string {
  return text.length < SHORTEST_SLICE ? text : ` ${text}`.slice(1);
}

/** The text as UTF-8 can carry it: half of a surrogate pair becomes U+FFFD. */
export function wellFormed(text: string): string {
  const { isWellFormed } = String.prototype as unknown as WellFormed;
  return isWellFormed.call(text) ? text : (String.prototype as unknown as WellFormed).toWellFormed.call(text);
}

/** Methods of ES2024. Node has them since version 20; the TypeScript `lib` of this package does not declare them. */
interface WellFormed {
  isWellFormed(this: string): boolean;
  toWellFormed(this: string): string;
}
