import { REDACTED } from './reveal.js';
import { swallow } from './swallow.js';

/**
 * Calls a redaction hook of the app and returns its answer. If the hook throws, returns a promise, or returns a value of another type than
 * `types`, the answer is `[redacted]` and `trouble` gets the reason. The reason contains neither the error nor the value: both may hold the
 * secret that the hook was to remove.
 */
export function hookAnswer(
  ask: () => unknown,
  types: readonly string[] | undefined,
  trouble: (what: string) => void,
  isPromised: (answer: unknown) => boolean = swallow,
): unknown {
  let what = 'threw';
  try {
    const answer = ask();
    const isLate = isPromised(answer);
    if (!isLate && (!types || types.includes(typeof answer))) return answer;
    what = isLate ? 'gave a promise, and has to answer at once' : 'gave no string';
  } catch {
    // The error may hold the secret.
  }
  trouble(what);
  return REDACTED;
}
