import type { RedactError } from '../emission/redact-error.js';
import { swallow } from '../emission/swallow.js';

/** The app's hook for errors' text. `trouble` is told where it throws or gives no text: what it was to rewrite is `[redacted]` then. */
export function watchedHook(redactError: RedactError, trouble: (sentence: string) => void): RedactError {
  // Neither what it threw nor what it answered is told: both may hold what it was to take out.
  const tell = (what: string): void => trouble(`redactError ${what}: the text of errors is [redacted]`);
  return (text, about) => {
    let redacted: unknown;
    try {
      redacted = redactError(text, about);
    } catch (error) {
      tell('threw');
      throw error;
    }
    if (swallow(redacted)) tell('gave a promise, and has to answer at once');
    else if (typeof redacted !== 'string') tell('gave no string');
    return redacted as string;
  };
}
