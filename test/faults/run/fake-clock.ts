// Loaded before all else where a fault turns the clock by hand: the library finds no other timers and no other time.
import { useFakeTimers } from 'sinon';

export const FAKE_CLOCK: unique symbol = Symbol.for('signalbox.faults.clock');

/** A clock that goes on when it is told to. */
export interface FakeClock {
  tickAsync(millis: number): Promise<number>;
  countTimers(): number;
  uninstall(): void;
}

(globalThis as { [FAKE_CLOCK]?: FakeClock })[FAKE_CLOCK] = useFakeTimers({
  now: Date.UTC(2026, 0, 1),
  toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date', 'performance'],
}) as unknown as FakeClock;
