import { shown } from '../signal/signalbox-error.js';
import type { Depth } from './monitor-options.js';
import { numberOf } from './scalar.js';

/** What a queue said of its depth: the numbers among it. Throws where it says nothing of what waits. */
export function depthOf(given: unknown): Depth {
  const { waiting, delayed, active, blocked, paused } = (given ?? {}) as Partial<
    Record<keyof Depth, unknown>
  >;
  const known = numberOf(waiting);
  if (known === undefined)
    throw new TypeError(`depth gave ${shown(given)}. Its \`waiting\` must be a number.`);
  return {
    waiting: known,
    delayed: numberOf(delayed),
    active: numberOf(active),
    blocked: numberOf(blocked),
    paused: numberOf(paused),
  };
}

/** What a queue said of its oldest job, in milliseconds; undefined where it does not know. Throws where that is no number. */
export function ageOf(given: unknown): number | undefined {
  if (given === undefined || given === null) return undefined;
  const age = numberOf(given);
  if (age === undefined) throw new TypeError(`oldestAgeMillis gave ${shown(given)}. Return a number.`);
  return age;
}
