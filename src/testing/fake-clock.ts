import { nextTurn } from '../delivery/timers.js';
import type { OptionNames } from '../signal/option-checks.js';
import { optionsOf } from '../signal/option-checks.js';
import { SignalboxError, shown } from '../signal/signalbox-error.js';
import { fakeDate } from './fake-date.js';
import { FakeTimers } from './fake-timers.js';
import { replace } from './replaced.js';

/**
 * The parts of a test runner's fake timers that a {@link FakeClock} uses: `vi` of vitest, `jest` of Jest.
 *
 * @example
 * ```ts
 * import { type RunnerTimers, fakeClock } from 'signalbox/testing';
 *
 * const during = async (timers: RunnerTimers, test: () => Promise<void>) => {
 *   const clock = fakeClock({ timers });
 *   await test().finally(() => clock.restore());
 * };
 * console.assert(typeof during === 'function');
 * ```
 */
export interface RunnerTimers {
  useFakeTimers(options?: { now?: number }): unknown;
  useRealTimers(): unknown;
  advanceTimersByTimeAsync(millis: number): Promise<unknown>;
  setSystemTime(now: number): unknown;
}

/**
 * Options of {@link fakeClock}.
 *
 * @example
 * ```ts
 * import { fakeClock, type FakeClockOptions } from 'signalbox/testing';
 *
 * const options: FakeClockOptions = { startAt: new Date('2030-01-01T00:00:00Z') };
 * const clock = fakeClock(options);
 * console.assert(Date.now() === Date.UTC(2030, 0));
 * clock.restore();
 * ```
 */
export interface FakeClockOptions {
  /** The start of the clock: epoch milliseconds, or a date. Default: now. A box that was made earlier notices that its clock was set. */
  readonly startAt?: number | Date | undefined;
  /** `vi` or `jest`: the clock then moves their timers, and the box's time with them. Default: timers of its own. */
  readonly timers?: RunnerTimers | undefined;
}

const OPTIONS: OptionNames<FakeClockOptions> = { startAt: true, timers: true };

/**
 * A clock that stands still until a test moves it.
 *
 * @example
 * ```ts
 * import { fakeClock, type FakeClock } from 'signalbox/testing';
 *
 * const clock: FakeClock = fakeClock({ startAt: 0 });
 * let ran = 0;
 * setInterval(() => ran++, 1_000);
 * await clock.advance(3_000);
 * console.assert(ran === 3 && clock.now() === 3_000);
 * clock.restore();
 * ```
 */
export interface FakeClock {
  /** Epoch milliseconds. */
  now(): number;
  /**
   * Moves time on by so many milliseconds, and runs the timers that are due on the way, each at its moment. Promises that have
   * settled by then continue before the next timer. Rejects with the error of a timer's callback; time then stands at that timer.
   */
  advance(millis: number): Promise<void>;
  /** Sets the wall clock, as an administrator does. No timer runs, and boxes notice the change. */
  set(to: number | Date): void;
  /** Restores the real time and the real timers. Timers that wait are forgotten. */
  restore(): void;
}

let current: FakeClock | undefined;

/**
 * Makes `Date`, `performance.now`, `setTimeout`, `setInterval` and the functions that clear timers follow a clock that stands still
 * until a test moves it. The time of boxes follows it too: timestamps, the waits, run times and delays of jobs, monitors, schedules
 * and the modifiers of sinks. The queues and deadlines behind `forceFlush` and `shutdown` stay real, so that both settle. Boxes add
 * less than 2 µs to each reading, so compare to the millisecond.
 *
 * `setImmediate`, `queueMicrotask`, `process.hrtime` and `node:timers/promises` stay real, unless `timers` replaces them.
 *
 * @throws {SignalboxError} If an earlier fake clock was not restored, or an option is not valid.
 *
 * @example
 * ```ts
 * import { createSignalbox } from 'signalbox';
 * import { createJobs } from 'signalbox/jobs';
 * import { assertAttempts, fakeClock, recordedJob, recorder } from 'signalbox/testing';
 *
 * const clock = fakeClock();
 * try {
 *   const seen = recorder();
 *   const mail = createJobs(createSignalbox({ destinations: { seen } })).queue('mail');
 *   const attempt = mail.attempt({ job: { id: '1' }, number: 1 });
 *   await clock.advance(5_000);
 *   attempt.completed();
 *   assertAttempts(recordedJob(seen, '1'), [{ outcome: 'completed', durationMillis: 5_000 }]);
 * } finally {
 *   clock.restore();
 * }
 * ```
 */
export function fakeClock(options?: FakeClockOptions): FakeClock {
  const { startAt, timers } = optionsOf('fakeClock', options, OPTIONS);
  if (current)
    throw new SignalboxError(
      'fakeClock: there is a fake clock already. Call its restore() first, as in afterEach.',
    );
  const start = startAt === undefined ? Date.now() : momentOf('startAt', startAt);
  if (timers !== undefined) checkTimers(timers);
  const clock = timers ? movedByRunner(timers, start) : ownClock(start);
  current = clock;
  return clock;
}

function ownClock(start: number): FakeClock {
  const timers = new FakeTimers();
  // The monotonic clock continues from its present value. With a jump, a box that exists already would see a clock that was set.
  const monotonic = performance.now();
  const real = { clearTimeout: globalThis.clearTimeout, clearInterval: globalThis.clearInterval };
  let wall = start;
  const now = (): number => Math.floor(wall + timers.elapsed);
  const undo = [
    replace(globalThis, 'Date', fakeDate(Date, now)),
    replace(performance, 'now', () => monotonic + timers.elapsed),
    replace(globalThis, 'setTimeout', timers.setTimeout),
    replace(globalThis, 'setInterval', timers.setInterval),
    // Timers that were set earlier belong to the runtime.
    ...(['clearTimeout', 'clearInterval'] as const).map((name) =>
      replace(globalThis, name, (timer: Parameters<typeof clearTimeout>[0]) => {
        if (!timers.clear(timer)) real[name](timer);
      }),
    ),
  ];
  return {
    now,
    advance: async (millis) => {
      const until = timers.elapsed + checkedMillis(millis);
      await turn();
      for (let due = timers.take(until); due; due = timers.take(until)) {
        due();
        await turn();
      }
      timers.elapsed = Math.max(timers.elapsed, until);
      await turn();
    },
    set: (to) => {
      wall = momentOf('set', to) - timers.elapsed;
    },
    restore: () => restore(undo),
  };
}

function movedByRunner(timers: RunnerTimers, start: number): FakeClock {
  const monotonic = performance.now();
  const before = performance.now;
  timers.useFakeTimers({ now: start });
  // Runners start `performance.now` at 0, or leave it real. To a box that exists already, both would look like a clock that was set.
  const isReal = performance.now === before;
  const fake = isReal ? Date.now : performance.now.bind(performance);
  let from = fake();
  const undo = [replace(performance, 'now', () => monotonic + (fake() - from))];
  return {
    now: () => Date.now(),
    advance: async (millis) => {
      await timers.advanceTimersByTimeAsync(checkedMillis(millis));
    },
    set: (to) => {
      const was = Date.now();
      timers.setSystemTime(momentOf('set', to));
      // Without a fake `performance.now`, ours is derived from the wall clock. It must not jump with it.
      if (isReal) from += Date.now() - was;
    },
    restore: () => {
      restore(undo);
      timers.useRealTimers();
    },
  };
}

function restore(undo: readonly (() => void)[]): void {
  for (const one of undo) one();
  current = undefined;
}

/** Waits until promises have done what they can do now. */
function turn(): Promise<void> {
  return new Promise((done) => void nextTurn(done));
}

function checkedMillis(millis: number): number {
  if (typeof millis === 'number' && Number.isFinite(millis) && millis >= 0) return millis;
  throw new SignalboxError(`fakeClock: advance is given ${shown(millis)}. Give milliseconds, 0 or more.`);
}

function momentOf(where: string, given: number | Date): number {
  const moment: unknown = given instanceof Date ? given.getTime() : given;
  if (typeof moment === 'number' && Number.isFinite(moment) && moment >= 0) return moment;
  const what = given instanceof Date ? 'no valid date' : shown(given);
  throw new SignalboxError(`fakeClock: \`${where}\` is ${what}. Give epoch milliseconds from 0, or a date.`);
}

function checkTimers(timers: RunnerTimers): void {
  const missing = (
    ['useFakeTimers', 'useRealTimers', 'advanceTimersByTimeAsync', 'setSystemTime'] as const
  ).find((name) => typeof timers?.[name] !== 'function');
  if (missing !== undefined)
    throw new SignalboxError(
      `fakeClock: \`timers\` is ${shown(timers)} without ${missing}(). Give \`vi\` of vitest or \`jest\`, or leave it out.`,
    );
}
