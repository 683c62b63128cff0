/** The difference of two values as text, as the `utils.diff` of test runners' matchers gives it. */
export type Diff = (expected: unknown, actual: unknown) => string | null | undefined;

/** Whether something is as expected, and the message for a test that wants the opposite. */
export interface Verdict {
  readonly pass: boolean;
  /** If it passed: what is there. If it did not: what was expected, and what is there. */
  readonly message: () => string;
}

/** Throws if a verdict did not pass or, with `'not'`, if it passed. */
export function insist({ pass, message }: Verdict, how?: 'not'): void {
  if (pass === (how === 'not')) throw new Error(message());
}

/** Indents a text that stands below another. */
export function indented(text: string): string {
  return text.replaceAll(/^(?=.)/gm, '    ');
}
