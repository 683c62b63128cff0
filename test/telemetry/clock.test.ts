import { createSignalbox, defineSignal } from 'signalbox';
import { createJobs } from 'signalbox/jobs';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { BoxClock, hrTime, secondsBetween } from '../../src/telemetry/clock.js';
import { pass, useFakeTime, useRealTime } from '../examples/queue/fake-time.js';
import { nanos, resetOtel, startOtel } from '../support/otel.js';

const HOUR = 3_600_000;

afterEach(resetOtel);

describe('in fake time', () => {
  beforeEach(useFakeTime);
  afterEach(useRealTime);

  test('the clock of a box - goes with the wall clock', async () => {
    const clock = new BoxClock();
    for (const millis of [0, 1, 999, 60_000]) {
      await pass(millis);
      expect(Math.abs(clock.now() - Date.now())).toBeLessThan(3);
    }
  });

  test('the clock of a box - follows the wall clock when it is set back an hour, and forward again', () => {
    const clock = new BoxClock();
    const before = clock.now();
    vi.setSystemTime(Date.now() - HOUR);
    const after = clock.now();
    expect(before - after).toBeGreaterThan(HOUR - 5);
    expect(Math.abs(after - Date.now())).toBeLessThan(3);
    vi.setSystemTime(Date.now() + 2 * HOUR);
    expect(Math.abs(clock.now() - Date.now())).toBeLessThan(3);
  });

  test('the clock of a box - rises where the wall clock stands still', () => {
    const clock = new BoxClock();
    const times = Array.from({ length: 1000 }, () => nanos(hrTime(clock.now())));
    for (let i = 1; i < times.length; i++) expect(times[i]).toBeGreaterThan(times[i - 1] as bigint);
  });

  test('an anchored clock - keeps its anchor, whatever the wall clock is set to', async () => {
    const box = new BoxClock();
    const anchored = box.anchored();
    const start = anchored.now();
    vi.setSystemTime(Date.now() - HOUR);
    box.now();
    await pass(250);
    expect(anchored.now() - start).toBeGreaterThan(249.9);
    expect(anchored.now() - start).toBeLessThan(251);
  });

  test('the clock of a box - doubts what reaches over a moment at which the wall clock was set', async () => {
    const clock = new BoxClock();
    clock.now();
    await pass(10_000);
    expect(clock.isInDoubt(HOUR)).toBe(false);
    vi.setSystemTime(Date.now() + HOUR);
    expect(clock.isInDoubt(HOUR)).toBe(true);
    await pass(5_000);
    expect(clock.isInDoubt(4_000)).toBe(false);
    expect(clock.isInDoubt(6_000)).toBe(true);
    // For an hour each of its times may be one of before or of after.
    vi.setSystemTime(Date.now() - HOUR);
    expect(clock.isInDoubt(1)).toBe(true);
    await pass(HOUR + 5_000);
    expect(clock.isInDoubt(4_000)).toBe(false);
  });

  test('an attempt - that the wall clock is set back in has its true duration, and its events lie within it', async () => {
    const otel = startOtel();
    const box = createSignalbox();
    const STEP = defineSignal('CLOCK_STEP');
    const queue = createJobs(box).queue('q');
    const attempt = queue.attempt({ job: { id: '1' }, number: 1 });
    attempt.run(() => box.emit(STEP));
    await pass(100);
    vi.setSystemTime(Date.now() - HOUR);
    attempt.run(() => box.emit(STEP));
    await pass(150);
    attempt.run(() => box.emit(STEP));
    attempt.completed();
    const span = otel.spans('process q')[0];
    if (!span) throw new Error('no span');
    expect(secondsBetween(span.startTime, span.endTime)).toBeCloseTo(0.25, 2);
    const times = span.events.map((event) => nanos(event.time));
    expect(span.events.map((e) => e.name)).toEqual([
      'job.started',
      'clock.step',
      'clock.step',
      'clock.step',
      'job.completed',
    ]);
    for (const time of times) {
      expect(time).toBeGreaterThanOrEqual(nanos(span.startTime));
      expect(time).toBeLessThanOrEqual(nanos(span.endTime));
    }
    expect([...times].sort((a, b) => (a < b ? -1 : 1))).toEqual(times);
    expect((await otel.points('messaging.process.duration'))[0]?.sum).toBe(
      secondsBetween(span.startTime, span.endTime),
    );
  });

  test('a log record - is of the new time after the wall clock was set, outside of attempts', () => {
    const otel = startOtel();
    const box = createSignalbox();
    box.info('before');
    vi.setSystemTime(Date.now() - HOUR);
    box.info('after');
    const [before, after] = otel.logs().map((r) => r.hrTime[0]);
    expect((before ?? 0) - (after ?? 0)).toBeGreaterThanOrEqual(3599);
  });
});

describe('in real time', () => {
  test('many short attempts - have all their events within them, and equal durations in metric and span', async () => {
    const otel = startOtel();
    const box = createSignalbox();
    const STEP = defineSignal('CLOCK_STEP');
    const queue = createJobs(box).queue('q');
    for (let i = 0; i < 500; i++) {
      const attempt = queue.attempt({ job: { id: `${i}` }, number: 1 });
      attempt.run(() => box.emit(STEP));
      attempt.completed();
    }
    let sum = 0;
    for (const span of otel.spans('process q')) {
      sum += secondsBetween(span.startTime, span.endTime);
      expect(span.events).toHaveLength(3);
      for (const event of span.events) {
        expect(nanos(event.time)).toBeGreaterThanOrEqual(nanos(span.startTime));
        expect(nanos(event.time)).toBeLessThanOrEqual(nanos(span.endTime));
      }
    }
    const [point] = await otel.points('messaging.process.duration');
    expect(point?.value).toBe(500);
    expect(point?.sum).toBeCloseTo(sum, 9);
  });
});

describe('hrTime()', () => {
  test.each([
    [0, [0, 0]],
    [1_700_000_000_000, [1_700_000_000, 0]],
    [1_700_000_000_123.456, [1_700_000_000, 123_456_000]],
    [999.9996, [1, 0]],
  ])('hrTime() - %d is to the microsecond', (millis, expected) => {
    expect(hrTime(millis)).toEqual(expected);
  });

  test('secondsBetween() - is exact to the microsecond', () => {
    expect(secondsBetween([10, 999_999_000], [12, 1000])).toBe(1.000002);
  });
});
