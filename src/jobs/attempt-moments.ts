import type { Core } from '../box/core.js';
import type { AnchoredClock } from '../telemetry/clock.js';
import type { AttemptInfo } from './attempt-info.js';
import type { PreviousAttempt, RememberedAttempt } from './attempt-memory.js';

/** What this process knows of the previous attempt. */
export type Previous = PreviousAttempt | RememberedAttempt | undefined;

/** The moments of an attempt, by the clock that measures it. */
export interface AttemptMoments {
  readonly startedAt: number;
  readonly runnableAt: number | undefined;
  readonly firstRunnableAt: number | undefined;
  readonly previous: Previous;
}

/**
 * The moments of an attempt on the clock that starts with it. If the caller gives its start, the other moments come from the same reading of
 * the wall clock: if somebody set that clock since, all of them move by the same amount. Without a given start, moments that were read before
 * the clock was set are left out. `sharedStart` is the start of a batch.
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
    // The remembered moments come from another reading of the clock.
    previous: at(previous, info.previous ? moved : kept),
  };
}

/** When an attempt's wait began: the moment from which it, or the retry that it is, could run. */
export function waitedFrom(runnableAt: number | undefined, previous: Previous): number | undefined {
  return runnableAt ?? previous?.retryAt;
}

function at(previous: Previous, move: (moment: number | undefined) => number | undefined): Previous {
  if (!previous || (previous.endedAt === undefined && previous.retryAt === undefined)) return previous;
  return Object.assign({}, previous, { endedAt: move(previous.endedAt), retryAt: move(previous.retryAt) });
}
