/** A pattern of RE2, which is what Loki has. */
export interface Pattern {
  /** Whether the whole text is such, as labels are compared. */
  readonly matches: (text: string) => boolean;
  /** Whether such is within the text, as lines are compared. */
  readonly isWithin: (text: string) => boolean;
}

/** What JavaScript knows and RE2 refuses: looking around, and what was found before. */
const NOT_IN_RE2 = /\(\?(?:<?[=!])|\\[1-9]|\\k</;
const known = new Map<string, Pattern>();

/** Reads a pattern. Throws where it is none, or none of RE2. */
export function readRe2(text: string): Pattern {
  const found = known.get(text);
  if (found !== undefined) return found;
  if (NOT_IN_RE2.test(text)) throw new Error(`RE2 has no such pattern: ${text}`);
  const whole = new RegExp(`^(?:${text})$`, 's');
  const part = new RegExp(text);
  const pattern: Pattern = { matches: (one) => whole.test(one), isWithin: (one) => part.test(one) };
  known.set(text, pattern);
  return pattern;
}
