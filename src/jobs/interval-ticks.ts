/** When a schedule is due. Moments in epoch milliseconds. */
export interface Ticks {
  /** The first tick after a moment; undefined where there is none. */
  after(moment: number): number | undefined;
  /** One came, or is counted from here: only of those that go by an interval. */
  begin?(moment: number): void;
  /** By how much a job may come before its tick, since clocks of machines differ. */
  readonly earlyMillis: number;
}

/** Ticks at most so far apart: the next is counted from when the last one came. */
export function intervalTicks(everyMillis: number, from: number): Ticks {
  let begun = from;
  return {
    after: (moment) => begun + Math.max(1, Math.floor((moment - begun) / everyMillis) + 1) * everyMillis,
    begin: (moment) => {
      begun = moment;
    },
    earlyMillis: 0,
  };
}
