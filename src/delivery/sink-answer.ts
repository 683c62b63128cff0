import { cut, wellFormed } from '../emission/text.js';
import type { SinkResult } from './sink-function.js';

const REASON_LENGTH = 64;

/** Whether a sink returned a promise or thenable. May throw if the value is hostile. */
export function isPending(answer: unknown): answer is PromiseLike<unknown> {
  const holdsProperties = (typeof answer === 'object' && answer !== null) || typeof answer === 'function';
  return holdsProperties && typeof (answer as { then?: unknown }).then === 'function';
}

/**
 * A native promise of a pending answer. `Promise.resolve` would throw if reading the answer's `constructor` throws, while the resolve function
 * of a promise turns every misbehaviour of a thenable into a rejection.
 */
export function promiseOf(answer: unknown): Promise<SinkResult> {
  return new Promise((resolve) => resolve(answer as SinkResult));
}

/**
 * The drop reason of a settled answer; `undefined` if the emission was delivered.
 */
export function dropReasonOf(answer: unknown): string | undefined {
  if (typeof answer !== 'object' || answer === null) return undefined;
  const { dropped } = answer as { dropped?: unknown };
  if (dropped === undefined || dropped === null || dropped === false) return undefined;
  return typeof dropped === 'string' && dropped !== ''
    ? wellFormed(cut(dropped, REASON_LENGTH))
    : 'unspecified';
}
