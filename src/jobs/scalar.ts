import { isCarriable, isMoment } from '../emission/range.js';
import { cut, owned, wellFormed } from '../emission/text.js';

const LONGEST = 4096;

/** A string as it may leave and be kept; ids that are numbers are taken as their digits. */
export function textOf(given: unknown): string | undefined {
  if (typeof given === 'string') return owned(wellFormed(cut(given, LONGEST)));
  return typeof given === 'number' || typeof given === 'bigint' ? String(given) : undefined;
}

/** A finite number that the wire can carry. */
export function numberOf(given: unknown): number | undefined {
  return typeof given === 'number' && Number.isFinite(given) && isCarriable(given) ? given : undefined;
}

/** A moment in epoch milliseconds that the wire can carry. */
export function momentOf(given: unknown): number | undefined {
  return isMoment(given) ? given : undefined;
}
