import type { Severity } from '../signal/severity.js';

/** How a part of a line stands out. */
export type Style = 'plain' | 'dim' | Severity;

const CODES: Readonly<Record<Exclude<Style, 'plain'>, readonly [on: string, off: string]>> = {
  dim: ['2', '22'],
  trace: ['2', '22'],
  debug: ['2', '22'],
  info: ['36', '39'],
  warn: ['33', '39'],
  error: ['31', '39'],
  fatal: ['1;31', '22;39'],
};

/** The text in the colour of its style, for terminals. */
export function paint(text: string, style: Style): string {
  if (style === 'plain') return text;
  const [on, off] = CODES[style];
  return `\u001b[${on}m${text}\u001b[${off}m`;
}

// What moves the cursor, changes colours, breaks the line or turns the reading direction.
const UNSAFE = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** The text with all that a terminal would act on made visible. Values come from anywhere. */
export function harmless(text: string): string {
  return text.replace(
    UNSAFE,
    (c) => SHORT[c] ?? `\\u${(c.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  );
}
