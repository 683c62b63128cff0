import type { Case } from './case.js';
import type { Outage, ProcessEvidence } from './evidence.js';
import { lateIn } from './lateness.js';
import type { HandlerRun } from './runs.js';

/** A command that was on its way when the store broke off began so long before, where its process was not late. */
const ON_ITS_WAY_MILLIS = 250;
/**
 * From the last error that a process was told of its store until it asks again: in outages of some seconds BullMQ's connections wait up to
 * e^8 milliseconds, and the others less.
 */
const AGAIN_MILLIS = 3000;
/** The error may come so long after the store is back: connections that were being made run into their time first. */
const TOLD_LATER_MILLIS = 10_000;

/** Whether a run, or the word of its end, fell into a time in which its process had no store. */
export function wasCutOff(outages: readonly Outage[], { process, begin, end }: HandlerRun): boolean {
  if (end === undefined) return false;
  return outages.some((outage) => {
    const { from } = outage;
    const late = lateIn(process.facts, end.at, from);
    return begin.at <= backAt(process, outage) && end.at >= from - ON_ITS_WAY_MILLIS - late;
  });
}

/** When a process had its store back after an outage, at the latest. */
function backAt({ facts }: ProcessEvidence, { from, to }: Outage): number {
  let back = to;
  for (const fact of facts)
    if (fact.fact === 'trouble' && fact.at >= from && fact.at <= to + TOLD_LATER_MILLIS)
      back = Math.max(back, fact.at + AGAIN_MILLIS);
  return back;
}

/**
 * Whether a job may have been given to somebody who never knew: it was there, and had not ended, when the store broke off or a process died
 * before a moment.
 */
export function mayBeUnheldAt({ evidence, book }: Case, job: string, at: number): boolean {
  const stored = evidence.store.get(job);
  const askedAt = stored === undefined ? undefined : book.askedAt.get(stored.key);
  if (askedAt === undefined) return false;
  const runs = book.runsOf(job);
  const never = Number.POSITIVE_INFINITY;
  const overAt = runs.length === 0 ? never : Math.max(...runs.map(({ end }) => end?.at ?? never));
  const deaths = evidence.processes.flatMap(({ diedAt }) =>
    diedAt === undefined ? [] : [{ from: diedAt, to: diedAt }],
  );
  return [...evidence.outages, ...deaths].some(
    ({ from, to }) => from <= at && askedAt <= to && overAt >= from - ON_ITS_WAY_MILLIS,
  );
}
