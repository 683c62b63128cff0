/** The difference of two values as text, as the `utils.diff` of test runners' matchers gives it. */
export type Diff = (expected: unknown, actual: unknown) => string | null | undefined;

/** Whether something is as it was expected, and what is to be said where that is not what a test wants. */
export interface Verdict {
  readonly pass: boolean;
  /** Of one that passed: what is there. Of one that did not: what was expected, and what is there. */
  readonly message: () => string;
}

/** Throws where something is not as it was expected; `'not'`: where it is. */
export function insist({ pass, message }: Verdict, how?: 'not'): void {
  if (pass === (how === 'not')) throw new Error(message());
}

/** A text below another. */
export function indented(text: string): string {
  return text.replaceAll(/^(?=.)/gm, '    ');
}
