import { hookAnswer } from '../emission/hook-answer.js';
import type { RedactText } from '../emission/redact-text.js';

/** The app's hook for texts. `trouble` is told where it throws or gives no text: what it was to rewrite is `[redacted]` then. */
export function watchedHook(redactText: RedactText, trouble: (sentence: string) => void): RedactText {
  return (text, about) =>
    hookAnswer(
      () => redactText(text, about),
      ['string'],
      (what) => trouble(`redactText ${what}: messages and the text of errors are [redacted]`),
    ) as string;
}
