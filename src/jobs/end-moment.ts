import type { Clock } from '../telemetry/clock.js';
import { hrTime, secondsBetween } from '../telemetry/clock.js';

/** A difference of clocks below this is skew. Above it, somebody set one of them. */
export const SET_MILLIS = 100;

/**
 * When something ended: the given moment; else the moment when its run ended; else now. A given moment is ignored if it lies before the start or
 * in the future by the clock that measures it: then somebody set the system's clock since the start.
 */
export function endMoment(
  clock: Clock,
  startedAt: number,
  given: number | undefined,
  ranUntil: number | undefined,
): number {
  const isOfThis =
    given !== undefined &&
    given >= startedAt - SET_MILLIS &&
    given <= Math.max(clock.now(), startedAt) + SET_MILLIS;
  return Math.max(startedAt, (isOfThis ? given : undefined) ?? ranUntil ?? clock.now());
}

/** How long an attempt took in milliseconds, with the span's precision, so that the metric equals the span. */
export function durationOf(startedAt: number, end: number): number {
  return secondsBetween(hrTime(startedAt), hrTime(end)) * 1000;
}
