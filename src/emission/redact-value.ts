import { hookAnswer } from './hook-answer.js';
import { isAwaitable } from './swallow.js';

/**
 * Rewrites a value of a plain level record before it leaves, by its name in the record: what it answers leaves in its place; `undefined`: the
 * value is absent. It answers at once, and leaves the value itself as it is. Where it throws, or answers with a promise that is not the value, `[redacted]`
 * leaves, and is counted (`stats().values.withheld`). `redactPaths` of `signalbox/redaction` makes one of paths.
 */
export type RedactValue = (name: string, value: unknown) => unknown;

/** What a box's hook makes of a value of a plain level record. Never throws, but for want of stack. */
export function redactedValue(
  redact: RedactValue,
  name: string,
  value: unknown,
  withheld: ((key: string, sentence: string) => void) | undefined,
): unknown {
  return hookAnswer(
    () => redact(name, value),
    undefined,
    (what) => withheld?.('redact', `redact ${what}: the value is [redacted]`),
    // A promise that the app has as a value is its own to await.
    (answer) => answer !== value && isAwaitable(answer),
  );
}
