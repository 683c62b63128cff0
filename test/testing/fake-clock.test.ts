import { promisify } from 'node:util';
import { createSignalbox, defineSignal } from 'signalbox';
import { createJobs } from 'signalbox/jobs';
import type { FakeClock, RunnerTimers } from 'signalbox/testing';
import { assertAttempts, fakeClock, recordedJob, recorder } from 'signalbox/testing';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { expectSentence, wrong } from '../support/misuse.js';
import { resetOtel, startOtel } from '../support/otel.js';

const TICK = defineSignal('FAKE_CLOCK_TICK');
const RealDate = Date;
const realNow = performance.now;
const realTimers = { setTimeout, setInterval, clearTimeout, clearInterval };

let clock: FakeClock | undefined;
afterEach(() => {
  clock?.restore();
  clock = undefined;
  vi.useRealTimers();
  resetOtel();
});

const KINDS = ['own', 'runner'] as const;

function made(kind: 'own' | 'runner', startAt?: number | Date): FakeClock {
  clock = fakeClock({ startAt, timers: kind === 'runner' ? vi : undefined });
  return clock;
}

describe.each(KINDS)('fakeClock() - with timers of its %s', (kind) => {
  test('advance() - runs timers in the order of their moments, each at its moment', async () => {
    const time = made(kind, 1_000_000);
    const ran: [string, number][] = [];
    setTimeout(() => ran.push(['late', Date.now()]), 300);
    setTimeout(() => ran.push(['early', Date.now()]), 100);
    const every = setInterval(() => ran.push(['every', time.now()]), 120);
    await time.advance(250);
    expect(ran).toEqual([
      ['early', 1_000_100],
      ['every', 1_000_120],
      ['every', 1_000_240],
    ]);
    clearInterval(every);
    await time.advance(50);
    expect(ran.at(-1)).toEqual(['late', 1_000_300]);
    expect(ran).toHaveLength(4);
    expect(Date.now()).toBe(1_000_300);
  });

  test('advance() - lets promises go on before the next timer', async () => {
    const time = made(kind, 0);
    const seen: number[] = [];
    const pause = (millis: number): Promise<void> => new Promise((done) => void setTimeout(done, millis));
    const work = (async () => {
      for (let i = 0; i < 3; i++) {
        await pause(10);
        seen.push(Date.now());
      }
    })();
    await time.advance(30);
    await work;
    expect(seen).toEqual([10, 20, 30]);
  });

  test('advance() - has a box that was there before go on without noticing', async () => {
    const otel = startOtel();
    const seen = recorder();
    const box = createSignalbox({ destinations: { seen } });
    const mail = createJobs(box).queue('mail');
    box.emit(TICK);
    const time = made(kind);
    const runnableAt = mail.now();
    await time.advance(60_000);
    mail.attempt({ job: { id: '1' }, number: 1, runnableAt }).completed();
    box.emit(TICK);
    time.restore();
    clock = undefined;
    box.emit(TICK);
    const [before = 0, after = 0, later = 0] = seen.emissions(TICK).map(({ timestamp }) => timestamp);
    expect(after - before).toBeGreaterThanOrEqual(60_000);
    expect(after - before).toBeLessThan(61_000);
    expect(later).toBeLessThan(after);
    expect(otel.spans('process mail')[0]?.attributes['job.wait.duration']).toBeCloseTo(60, 3);
  });

  test('advance() - has a box that is made then stamp what it emits by the clock', async () => {
    const time = made(kind, new Date('2030-01-01T00:00:00Z'));
    const seen = recorder();
    const box = createSignalbox({ destinations: { seen } });
    box.emit(TICK);
    await time.advance(1_500);
    box.emit(TICK);
    const times = seen.emissions(TICK).map(({ timestamp }) => Math.round(timestamp));
    expect(times).toEqual([Date.UTC(2030, 0), Date.UTC(2030, 0) + 1_500]);
  });

  test('set() - sets the wall clock alone', async () => {
    const time = made(kind, 1_000_000);
    let ran = false;
    setTimeout(() => {
      ran = true;
    }, 100);
    const before = performance.now();
    time.set(new Date(5_000_000));
    expect(time.now()).toBe(5_000_000);
    expect(ran).toBe(false);
    expect(performance.now() - before).toBeLessThan(1);
    await time.advance(100);
    expect(ran).toBe(true);
    expect(Date.now()).toBe(5_000_100);
  });

  test('restore() - gives the real time and the real timers back', () => {
    made(kind, 0).restore();
    clock = undefined;
    expect(Date).toBe(RealDate);
    expect(performance.now).toBe(realNow);
    expect({ setTimeout, setInterval, clearTimeout, clearInterval }).toEqual(realTimers);
    made(kind);
  });

  test('advance() - refuses what is no time', async () => {
    const time = made(kind);
    for (const millis of [-1, Number.NaN, wrong('1')])
      await expect(time.advance(millis)).rejects.toThrow('Give milliseconds, 0 or more.');
    expectSentence(
      () => time.set(new Date(Number.NaN)),
      'fakeClock: `set` is no valid date. Give epoch milliseconds from 0, or a date.',
    );
  });
});

describe('fakeClock()', () => {
  test('fakeClock() - moves monitors', async () => {
    const time = made('own');
    const seen = recorder();
    const queue = createJobs(createSignalbox({ destinations: { seen } })).queue('mail');
    const monitor = queue.monitor({ depth: () => ({ waiting: 1 }), intervalMillis: 10_000 });
    await time.advance(30_500);
    monitor.stop();
    expect(seen.emissions().filter(({ signal }) => signal === 'QUEUE_HEALTH_CHECK')).toHaveLength(3);
  });

  test('fakeClock() - lets a box shut down without being moved', async () => {
    made('own');
    const box = createSignalbox({ destinations: { slow: () => new Promise(setImmediate) } });
    box.emit(TICK);
    expect(await box.shutdown({ timeoutMillis: 5_000 })).toMatchObject({ complete: true });
  });

  test('fakeClock() - its dates and timers are as the runtime’s own', async () => {
    const time = made('own', 86_400_000);
    expect(new Date()).toBeInstanceOf(RealDate);
    expect(new Date(0).toISOString()).toBe('1970-01-01T00:00:00.000Z');
    expect(Date.UTC(1970, 0, 2)).toBe(Date.now());
    expect(Date()).toBe(new Date(86_400_000).toString());
    const ran: unknown[] = [];
    const timer = setTimeout((...args: unknown[]) => ran.push(args), 10, 'a', 1);
    expect(timer.unref().ref().hasRef()).toBe(true);
    await time.advance(5);
    timer.refresh();
    await time.advance(9);
    expect(ran).toEqual([]);
    await time.advance(1);
    expect(ran).toEqual([['a', 1]]);
    clearTimeout(Number(setTimeout(() => ran.push('by number'), 1)));
    clearTimeout(undefined);
    await time.advance(10);
    expect(ran).toHaveLength(1);
  });

  test('fakeClock() - promises of its setTimeout settle at their moments', async () => {
    const time = made('own', 0);
    const pause = promisify(setTimeout);
    const settled: unknown[] = [];
    void pause(10, 'late').then((value) => settled.push([value, Date.now()]));
    const aborts = new AbortController();
    const aborted = pause(20, undefined, { signal: aborts.signal });
    await time.advance(9);
    expect(settled).toEqual([]);
    await time.advance(1);
    expect(settled).toEqual([['late', 10]]);
    aborts.abort('enough');
    await expect(aborted).rejects.toMatchObject({ name: 'AbortError', code: 'ABORT_ERR', cause: 'enough' });
    await expect(pause(1, undefined, { signal: aborts.signal })).rejects.toMatchObject({ code: 'ABORT_ERR' });
  });

  test('fakeClock() - its timers are closed, disposed of and held as the runtime’s own', async () => {
    const time = made('own', 0);
    const ran: string[] = [];
    const closed = setTimeout(() => ran.push('closed'), 10);
    const disposed = setInterval(() => ran.push('disposed'), 10);
    const refreshed = setTimeout(() => ran.push('refreshed'), 10);
    expect(closed.close()).toBe(closed);
    disposed[Symbol.dispose]();
    clearTimeout(refreshed);
    refreshed.refresh();
    expect(closed.unref().hasRef()).toBe(false);
    await time.advance(30);
    expect(ran).toEqual([]);
  });

  test('fakeClock() - clears a timer that was set before', async () => {
    let ran = false;
    const timer = setTimeout(() => {
      ran = true;
    }, 1);
    const time = made('own');
    clearTimeout(timer);
    time.restore();
    clock = undefined;
    await new Promise((done) => setTimeout(done, 20));
    expect(ran).toBe(false);
  });

  test('set() - sets the wall clock alone where the runner leaves `performance` real', async () => {
    const performanceReal: RunnerTimers = {
      useFakeTimers: (options) => vi.useFakeTimers({ ...options, toFake: ['Date', 'setTimeout'] }),
      useRealTimers: () => vi.useRealTimers(),
      advanceTimersByTimeAsync: (millis) => vi.advanceTimersByTimeAsync(millis),
      setSystemTime: (now) => vi.setSystemTime(now),
    };
    const seen = recorder();
    const mail = createJobs(createSignalbox({ destinations: { seen } })).queue('mail');
    const time = fakeClock({ startAt: 10_000_000, timers: performanceReal });
    clock = time;
    const attempt = mail.attempt({ job: { id: '1' }, number: 1 });
    const before = performance.now();
    await time.advance(100);
    time.set(4_000_000);
    expect(performance.now() - before).toBeCloseTo(100, 6);
    await time.advance(50);
    time.set(50_000_000);
    expect(performance.now() - before).toBeCloseTo(150, 6);
    expect(time.now()).toBe(50_000_000);
    attempt.completed();
    mail.attempt({ job: { id: '2' }, number: 1 }).completed();
    assertAttempts(recordedJob(seen, '1'), [{ durationMillis: 150 }]);
    expect(Math.round(seen.emissions().at(-1)?.timestamp ?? 0)).toBe(50_000_000);
  });

  test('advance() - rejects with what a callback throws', async () => {
    const time = made('own', 0);
    setTimeout(() => {
      throw new Error('no luck');
    }, 10);
    await expect(time.advance(20)).rejects.toThrow('no luck');
    expect(time.now()).toBe(10);
  });

  test('restore() - leaves alone what was put in its place since', () => {
    const time = made('own');
    const spied = vi.spyOn(globalThis, 'setTimeout');
    const { setTimeout: replaced } = globalThis;
    time.restore();
    clock = undefined;
    expect(globalThis.setTimeout).toBe(replaced);
    spied.mockRestore();
    globalThis.setTimeout = realTimers.setTimeout;
  });

  test('fakeClock() - refuses a second one, and options that are none', () => {
    made('own');
    expectSentence(
      () => fakeClock(),
      'fakeClock: there is a fake clock already. Call its restore() first, as in afterEach.',
    );
    clock?.restore();
    clock = undefined;
    expectSentence(
      () => fakeClock({ startsAt: 3 } as object),
      "fakeClock: there is no option 'startsAt'. Did you mean 'startAt'? There are `startAt`, `timers`.",
    );
    expectSentence(
      () => fakeClock({ startAt: wrong('today') }),
      "fakeClock: `startAt` is 'today'. Give epoch milliseconds from 0, or a date.",
    );
    expectSentence(
      () => fakeClock({ timers: wrong({ useFakeTimers: () => undefined }) }),
      'fakeClock: `timers` is a value of type object without useRealTimers(). Give `vi` of vitest or `jest`, or leave it out.',
    );
    expect(performance.now).toBe(realNow);
  });
});
