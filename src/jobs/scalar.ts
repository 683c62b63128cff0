import { cut, DEFAULT_STRING_LENGTH, owned, wellFormed } from '../emission/text.js';
import { isCarriable, isMoment } from '../emission/wire-range.js';

/** A text as the telemetry of jobs may carry it, whatever limit the box has. */
export function textThatLeaves(text: string): string {
  return wellFormed(cut(text, DEFAULT_STRING_LENGTH));
}

/** A string as it may leave and be kept; ids that are numbers are taken as their digits. */
export function textOf(given: unknown): string | undefined {
  if (typeof given === 'string') return owned(textThatLeaves(given));
  return typeof given === 'number' || typeof given === 'bigint' ? String(given) : undefined;
}

/** The same text. One that was put together keeps its parts until somebody looks into it: more than it takes itself. */
export function writtenOut(text: string): string {
  text.charCodeAt(0);
  return text;
}

/** A finite number that the wire can carry. */
export function numberOf(given: unknown): number | undefined {
  return typeof given === 'number' && Number.isFinite(given) && isCarriable(given) ? given : undefined;
}

/** A moment in epoch milliseconds that the wire can carry. */
export function momentOf(given: unknown): number | undefined {
  return isMoment(given) ? given : undefined;
}
