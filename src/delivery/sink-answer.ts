import { cut, wellFormed } from '../emission/text.js';
import type { SinkResult } from './sink-function.js';

const REASON_LENGTH = 64;

/** Whether a sink's answer is still to come. Throws what a hostile answer throws when it is looked at. */
export function isPending(answer: unknown): answer is PromiseLike<unknown> {
  const holdsProperties = (typeof answer === 'object' && answer !== null) || typeof answer === 'function';
  return holdsProperties && typeof (answer as { then?: unknown }).then === 'function';
}

/**
 * A true promise of a pending answer. Not `Promise.resolve`: that throws at once where the answer's
 * `constructor` does, while a promise's own resolve turns all that a thenable may do into a rejection.
 */
export function promiseOf(answer: unknown): Promise<SinkResult> {
  return new Promise((resolve) => resolve(answer as SinkResult));
}

/**
 * The reason for which a settled answer says that the emission was dropped; `undefined` where it was
 * delivered.
 */
export function dropReasonOf(answer: unknown): string | undefined {
  if (typeof answer !== 'object' || answer === null) return undefined;
  const { dropped } = answer as { dropped?: unknown };
  if (dropped === undefined || dropped === null || dropped === false) return undefined;
  return typeof dropped === 'string' && dropped !== ''
    ? wellFormed(cut(dropped, REASON_LENGTH))
    : 'unspecified';
}
