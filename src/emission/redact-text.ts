import { REDACTED } from './reveal.js';
import { cut, owned, wellFormed } from './text.js';

/**
 * Rewrites a text before it leaves: a message (of an emission, or of an error, its causes included), the stack of an error (which repeats
 * its message), or the type of one (`error.code` or `error.name`, as in `TypeError`), which is a label of metrics too. It has to answer at
 * once, with text: for a promise, for what is no text and for what it throws, `[redacted]` leaves, and is counted
 * (`stats().values.withheld`).
 */
export type RedactText = (text: string, about: { readonly part: 'message' | 'stack' | 'type' }) => string;

/** How much of a text is shown to the hook beyond what may leave of it. */
const MARGIN = 4096;

/** A text as it may leave: rewritten by the hook, at most `limit` long, well formed, in memory of its own. Never throws. */
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
 * What the hook made of a text that goes on, without its end: there may stand the first half of a secret, which the hook could not know by
 * that. What the hook left as it was, back to the last thing that it changed, goes.
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
