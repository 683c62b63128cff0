/** Reports of one attempt come no closer than this. */
const APART_MILLIS = 1000;

/** What was said of an attempt's progress. */
interface Said {
  /** By the clock of `performance`. */
  at: number;
  /** Reports since then that were not told. */
  untold: number;
}

// Kept outside the attempt, because most attempts report no progress.
const said = new WeakMap<object, Said>();

/** How many reports a signal is to stand for, this one included; undefined where it is too soon for one. */
export function reportsToTell(attempt: object): number | undefined {
  const now = performance.now();
  const before = said.get(attempt);
  if (before && now - before.at < APART_MILLIS) {
    before.untold++;
    return undefined;
  }
  const reports = (before?.untold ?? 0) + 1;
  said.set(attempt, { at: now, untold: 0 });
  return reports;
}
