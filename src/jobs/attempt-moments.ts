import type { Core } from '../box/core.js';
import type { AnchoredClock } from '../telemetry/clock.js';
import type { AttemptInfo } from './attempt-info.js';
import type { PreviousAttempt, RememberedAttempt } from './attempt-memory.js';

/** What is known of the attempt before. */
export type Previous = PreviousAttempt | RememberedAttempt | undefined;

/** Of an attempt, by the clock that it is measured by. */
export interface AttemptMoments {
  readonly startedAt: number;
  readonly runnableAt: number | undefined;
  readonly firstRunnableAt: number | undefined;
  readonly previous: Previous;
}

/**
 * The moments of an attempt on the clock that starts with it. Where its start is given, the others are of one reading with it: was the wall
 * clock set since, all are moved by so much. Without it, what was read before the clock was set is worth nothing, and is left out.
 * `sharedStart` is that of a batch.
 */
export function momentsOf(
  core: Core,
  clock: AnchoredClock,
  info: AttemptInfo,
  previous: Previous,
  sharedStart: number | undefined,
): AttemptMoments {
  const { startedAt, runnableAt, firstRunnableAt } = info;
  const { from } = clock;
  const kept = (moment: number | undefined): number | undefined =>
    moment === undefined || core.isInDoubt(from - moment) ? undefined : moment;
  if (startedAt === undefined)
    return {
      startedAt: sharedStart ?? from,
      runnableAt: kept(runnableAt),
      firstRunnableAt: kept(firstRunnableAt),
      previous: at(previous, kept),
    };
  const shift = core.shiftOf(startedAt);
  const moved = (moment: number | undefined): number | undefined =>
    moment === undefined ? undefined : moment + shift;
  return {
    startedAt: startedAt + shift,
    runnableAt: moved(runnableAt),
    firstRunnableAt: moved(firstRunnableAt),
    // What is remembered is of another reading.
    previous: at(previous, info.previous ? moved : kept),
  };
}

/** From when an attempt waited: it could run, or the retry that it is. */
export function waitedFrom(runnableAt: number | undefined, previous: Previous): number | undefined {
  return runnableAt ?? previous?.retryAt;
}

function at(previous: Previous, move: (moment: number | undefined) => number | undefined): Previous {
  if (!previous || (previous.endedAt === undefined && previous.retryAt === undefined)) return previous;
  return Object.assign({}, previous, { endedAt: move(previous.endedAt), retryAt: move(previous.retryAt) });
}
