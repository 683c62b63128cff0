import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cronTicks } from '../../src/jobs/cron-ticks.js';
import type { Ticks } from '../../src/jobs/interval-ticks.js';
import { intervalTicks } from '../../src/jobs/interval-ticks.js';
import { ScheduleWatch } from '../../src/jobs/missed-ticks.js';

/** Ticks at given moments. */
function ticksAt(moments: readonly number[]): Ticks {
  return { after: (moment) => moments.find((one) => one > moment), earlyMillis: 0 };
}

const iso = (moment: number | undefined): string | undefined =>
  moment === undefined ? undefined : new Date(moment).toISOString();

/** The first ticks of a cron expression after a moment. */
function ticksOf(cron: string, timeZone: string, from: string, count: number): (string | undefined)[] {
  const ticks = cronTicks('here', cron, timeZone);
  const found: (string | undefined)[] = [];
  let at: number | undefined = Date.parse(from);
  for (let i = 0; i < count && at !== undefined; i++) {
    at = ticks.after(at);
    found.push(iso(at));
  }
  return found;
}

describe('ScheduleWatch', () => {
  test('judge - misses exactly the ticks that nothing came for within their grace, whenever it looks', () => {
    const scenario = fc.record({
      from: fc.integer({ min: 0, max: 50 }),
      grace: fc.integer({ min: 1, max: 40 }),
      gaps: fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 30 }),
      came: fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 30 }),
      looks: fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 30 }),
    });
    fc.assert(
      fc.property(scenario, ({ from, grace, gaps, came, looks }) => {
        let at = 0;
        const moments = gaps.map((gap) => (at += gap));
        const arrivals = came.filter((one) => one >= from);
        const watch = new ScheduleWatch(ticksAt(moments), grace, from);
        const events = [
          ...arrivals.map((moment) => ({ moment, do: () => watch.came(moment) })),
          ...looks.filter((one) => one >= from).map((moment) => ({ moment, do: () => watch.judge(moment) })),
        ].sort((a, b) => a.moment - b.moment);
        let told = 0;
        for (const event of events) {
          event.do();
          told += watch.take().ticks;
        }
        watch.judge(10_000);
        told += watch.take().ticks;

        const isMissed = (tick: number): boolean =>
          tick > from && !arrivals.some((one) => one >= tick && one < tick + grace);
        expect(told).toBe(moments.filter(isMissed).length);
      }),
      { numRuns: 500 },
    );
  });

  test('judge - of an interval, misses a tick for each time that passes with nothing, and none while it comes', () => {
    const scenario = fc.record({
      every: fc.integer({ min: 1, max: 20 }),
      grace: fc.integer({ min: 1, max: 40 }),
      came: fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 30 }),
      end: fc.integer({ min: 400, max: 500 }),
    });
    fc.assert(
      fc.property(scenario, ({ every, grace, came, end }) => {
        const watch = new ScheduleWatch(intervalTicks(every, 0), grace, 0);
        const arrivals = [...came].sort((a, b) => a - b);
        for (const at of arrivals) watch.came(at);
        watch.judge(end);

        // Between two that came, and after the last, each whole interval whose grace is over is missed.
        const edges = [0, ...arrivals, end];
        const expected = edges.slice(1).map((edge, i) => {
          const silent = edge - grace - (edges[i] as number);
          return Math.max(0, Math.floor(silent / every));
        });
        expect(watch.take().ticks).toBe(expected.reduce((sum, one) => sum + one, 0));
      }),
      { numRuns: 500 },
    );
  });

  test('take - says when the first of the missed was due, and each once', () => {
    const watch = new ScheduleWatch(ticksAt([100, 200, 300]), 10, 0);
    watch.judge(250);
    expect(watch.take()).toEqual({ ticks: 2, dueAt: 100 });
    watch.judge(250);
    expect(watch.take().ticks).toBe(0);
  });

  test('came - what comes late takes back no miss, and counts for no later tick', () => {
    const watch = new ScheduleWatch(ticksAt([100, 200]), 10, 0);
    watch.came(150);
    expect(watch.take()).toEqual({ ticks: 1, dueAt: 100 });
    watch.judge(210);
    expect(watch.take()).toEqual({ ticks: 1, dueAt: 200 });
  });

  test('passOver - what was due by then is no miss', () => {
    const watch = new ScheduleWatch(ticksAt([100, 200]), 10, 0);
    watch.passOver(105);
    watch.judge(1000);
    expect(watch.take()).toEqual({ ticks: 1, dueAt: 200 });
  });

  test('judge - of a long time, counts a thousand ticks and passes the rest over', () => {
    const watch = new ScheduleWatch(intervalTicks(1, 0), 1, 0);
    watch.judge(1_000_000);
    expect(watch.take().ticks).toBe(1000);
    watch.judge(1_000_001);
    expect(watch.take().ticks).toBe(1);
  });

  test('judgesAt - is when the grace of the next tick is over', () => {
    const watch = new ScheduleWatch(ticksAt([100]), 10, 0);
    expect(watch.judgesAt).toBe(110);
    watch.came(100);
    expect(watch.judgesAt).toBeUndefined();
  });
});

describe('cronTicks', () => {
  test('after - a tick of each night is one tick in the nights in which the clocks change', () => {
    expect(ticksOf('30 2 * * *', 'Europe/Berlin', '2026-03-28T12:00:00Z', 2)).toEqual([
      '2026-03-29T01:30:00.000Z',
      '2026-03-30T00:30:00.000Z',
    ]);
    expect(ticksOf('30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00:00Z', 2)).toEqual([
      '2026-10-25T00:30:00.000Z',
      '2026-10-26T01:30:00.000Z',
    ]);
  });

  test('after - an hourly one has a tick in each hour, also in the one that is there twice', () => {
    expect(ticksOf('0 * * * *', 'Europe/Berlin', '2026-10-24T23:30:00Z', 3)).toEqual([
      '2026-10-25T00:00:00.000Z',
      '2026-10-25T01:00:00.000Z',
      '2026-10-25T02:00:00.000Z',
    ]);
  });

  test('after - the time zone is the one that is given', () => {
    expect(ticksOf('0 3 * * *', 'UTC', '2026-07-01T00:00:00Z', 1)).toEqual(['2026-07-01T03:00:00.000Z']);
    expect(ticksOf('0 3 * * *', 'Asia/Tokyo', '2026-07-01T00:00:00Z', 1)).toEqual([
      '2026-07-01T18:00:00.000Z',
    ]);
  });

  test('after - seconds, names and nicknames are read', () => {
    expect(ticksOf('*/20 * * * * *', 'UTC', '2026-07-01T00:00:00Z', 2)).toEqual([
      '2026-07-01T00:00:20.000Z',
      '2026-07-01T00:00:40.000Z',
    ]);
    expect(ticksOf('0 9 * * MON', 'UTC', '2026-07-01T00:00:00Z', 1)).toEqual(['2026-07-06T09:00:00.000Z']);
    expect(ticksOf('@daily', 'UTC', '2026-07-01T00:00:00Z', 1)).toEqual(['2026-07-02T00:00:00.000Z']);
  });

  test.each([
    ['', /`cron` is ''\. Give five fields/],
    ['* * *', /`cron` is '\* \* \*'\. Give five fields/],
    ['H * * * *', /an H, which stands for a random number, can not be known/],
    ['61 * * * *', /which can not be read \(.+\)\. Give a cron expression/],
    ['0 0 31 2 *', /which can not be read/],
    [5, /`cron` is 5\. Give five fields/],
  ])('cronTicks - refuses %j by a sentence', (cron, sentence) => {
    expect(() => cronTicks('here', cron)).toThrow(sentence);
  });

  test('cronTicks - refuses a time zone that there is not', () => {
    expect(() => cronTicks('here', '* * * * *', 'Europe/Nowhere')).toThrow(
      /`timeZone` is 'Europe\/Nowhere'\. Give the name of a time zone/,
    );
  });
});
