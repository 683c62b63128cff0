import type { Clock } from '../telemetry/clock.js';
import { hrTime, secondsBetween } from '../telemetry/clock.js';

/** Differences of clocks below it are skew; above it, one was set. */
export const SET_MILLIS = 100;

/**
 * When something ended: as it was given, unless the system's clock was set since it began, so that this lies before its start or in the time
 * to come by the clock that it is measured by; else when its run ended, else now.
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

/** How long an attempt took in milliseconds, as it stands on the wire: the metric equals the span. */
export function durationOf(startedAt: number, end: number): number {
  return secondsBetween(hrTime(startedAt), hrTime(end)) * 1000;
}
