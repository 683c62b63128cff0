import { REDACTED } from './reveal.js';
import { cut, owned, wellFormed } from './text.js';

/**
 * Rewrites a text before it leaves: the message of an emission, the message of an error or of its causes, the stack of an error (which
 * repeats the message), or the type of an error (`error.code` or `error.name`, as in `TypeError`), which is also a metric label. The function
 * must return a string synchronously. If it throws or returns a promise or any other value, `[redacted]` leaves, and the box counts it
 * (`stats().values.withheld`).
 */
export type RedactText = (text: string, about: { readonly part: 'message' | 'stack' | 'type' }) => string;

/** How many characters the hook gets beyond four times the length that may leave. */
const MARGIN = 4096;

/** The text that may leave: rewritten by the hook, at most `limit` long, well formed, in its own memory. Never throws. */
export function rewrite(
  text: string,
  part: 'message' | 'stack' | 'type',
  limit: number,
  redact: RedactText | undefined,
): string {
  return owned(wellFormed(cut(redact && text !== '' ? redacted(text, part, limit, redact) : text, limit)));
}

function redacted(
  text: string,
  part: 'message' | 'stack' | 'type',
  limit: number,
  redact: RedactText,
): string {
  try {
    // The hook sees bounded text: a regular expression over 20 MB would cost the app more than the job.
    const given = cut(text, limit * 4 + MARGIN);
    const result: unknown = redact(given, { part });
    if (typeof result !== 'string') return REDACTED;
    return given.length === text.length || result === REDACTED ? result : withoutCut(result, given);
  } catch {
    return REDACTED;
  }
}

/**
 * Removes the end of a rewritten text that was cut before the hook saw it. The cut may have halved a secret, and the hook can not recognise
 * the first half. Everything after the last part that the hook changed is removed.
 */
function withoutCut(result: string, given: string): string {
  const made = result.trimEnd();
  const shown = given.trimEnd();
  const longest = Math.min(made.length, shown.length, MARGIN);
  let alike = 0;
  while (
    alike < longest &&
    isAlike(made.charAt(made.length - 1 - alike), shown.charAt(shown.length - 1 - alike))
  )
    alike++;
  return alike === 0 ? result : made.slice(0, -alike);
}

function isAlike(a: string, b: string): boolean {
  return a === b || a.toLowerCase() === b.toLowerCase();
}
