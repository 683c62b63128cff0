import { REDACTED } from './reveal.js';
import { swallow } from './swallow.js';

/**
 * What a hook of the app's for redaction answers; `[redacted]` where it throws, or answers with a promise or with what is of none of these types.
 * `trouble` is told so. Neither what it threw nor what it answered is told: both may hold what it was to take out.
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
    // What it threw is not told.
  }
  trouble(what);
  return REDACTED;
}
