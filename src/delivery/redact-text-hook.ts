import { hookAnswer } from '../emission/hook-answer.js';
import type { RedactText } from '../emission/redact-text.js';

/** The app's hook `redactText`, guarded. If it throws or returns no string, the text becomes `[redacted]` and `trouble` gets a sentence. */
export function watchedHook(redactText: RedactText, trouble: (sentence: string) => void): RedactText {
  return (text, about) =>
    hookAnswer(
      () => redactText(text, about),
      ['string'],
      (what) => trouble(`redactText ${what}: messages and the text of errors are [redacted]`),
    ) as string;
}
