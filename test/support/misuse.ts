import { expect } from 'vitest';
import { SignalboxError } from '../../src/signal/signalbox-error.js';

/** Expects that `fn` throws a SignalboxError with exactly this sentence. */
export function expectSentence(fn: () => unknown, sentence: string): void {
  let thrown: unknown = 'nothing was thrown';
  try {
    fn();
  } catch (error) {
    thrown = error;
  }
  expect(thrown instanceof SignalboxError ? thrown.message : thrown).toBe(sentence);
}

/** A value that the compiler would not let through: what JavaScript, `any` and casts bring. */
export function wrong(value: unknown): never {
  return value as never;
}
