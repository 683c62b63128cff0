import { hookAnswer } from './hook-answer.js';
import { isAwaitable } from './swallow.js';

/**
 * Rewrites a value of a plain level record before it leaves. `name` is its name in the record. The returned value leaves in its place;
 * `undefined` leaves the value out. The function must answer synchronously and must not change the value itself. If it throws, or returns a
 * promise that is not the value, `[redacted]` leaves, and the box counts it (`stats().values.withheld`). `redactPaths` of
 * `signalbox/redaction` makes such a function from paths.
 */
export type RedactValue = (name: string, value: unknown) => unknown;

/** Applies the box's hook to a value of a plain level record. Throws only if the stack is exhausted. */
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
    // The app may emit a promise as a value; the app itself awaits it.
    (answer) => answer !== value && isAwaitable(answer),
  );
}
