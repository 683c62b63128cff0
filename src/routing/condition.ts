import { swallow } from '../emission/swallow.js';
import type { When } from './route.js';

/** Whether a condition holds for an emission. A condition that throws or returns a promise does not hold and is reported. */
export function isHeld(
  condition: When,
  values: Readonly<Record<string, unknown>>,
  report: (key: string, text: string) => void,
): boolean {
  const { name } = condition.signal;
  try {
    const answer: unknown = condition.test(values);
    if (swallow(answer))
      report(
        `when:${name}`,
        `the condition of a route on '${name}' gave a promise; it counts as no match. Give a function that answers at once`,
      );
    return answer === true;
  } catch (error) {
    // Without the error's message: a condition gets sensitive values, and the message may contain them.
    report(
      `when:${name}`,
      `the condition of a route on '${name}' threw ${nameOf(error)}; it counts as no match`,
    );
    return false;
  }
}

function nameOf(error: unknown): string {
  try {
    if (!(error instanceof Error)) return typeof error;
    // A name that is not an identifier may contain values too.
    const { name }: { readonly name: unknown } = error;
    return typeof name === 'string' && /^[\w.-]{1,64}$/.test(name) ? name : 'Error';
  } catch {
    return 'something';
  }
}
