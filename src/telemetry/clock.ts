import type { HrTime } from '@opentelemetry/api';

/** How far the anchored time may lie from the wall clock before it is anchored anew. */
const DRIFT_MILLIS = 2;
/** How far two readings of clocks may lie apart to be of one moment. */
const AT_ONCE_MILLIS = 0.5;

/** By how much it changes where someone sets it; clocks are brought to drift by less. */
const SET_MILLIS = 100;

const STEP = 0.0015;
const REPLACED = 1000;

let last = 0;

// Rising by more than a microsecond, so that two equal records never carry the same time: stores that key by time and text would
// keep one. A clock far ahead of the monotonic one means that the latter was replaced (fake timers).
function tick(): number {
  const now = performance.now();
  last = now >= last + STEP || last - now > REPLACED ? now : last + STEP;
  return last;
}

/** A clock of epoch milliseconds with fractions: the wall clock at an anchor plus the monotonic time since. */
export interface Clock {
  now(): number;
}

/** One that keeps its anchor. */
export interface AnchoredClock extends Clock {
  /** The moment of its anchor: nothing that it times is earlier. */
  readonly from: number;
  /** What it times, for those who find it in a context: one more value there would be dear on each job. */
  owner?: object | undefined;
}

/** What a clock is anchored at. One object for all that are anchored there: each running attempt has a clock. */
interface Anchor {
  readonly origin: number;
}

class Anchored implements AnchoredClock {
  readonly from: number;
  owner: object | undefined = undefined;
  readonly #anchor: Anchor;

  constructor(from: number, anchor: Anchor) {
    this.from = from;
    this.#anchor = anchor;
  }

  now(): number {
    return this.#anchor.origin + tick();
  }
}

/** The clock of a box: anchored anew when the wall clock was set or drifted. */
export class BoxClock implements Clock {
  #anchor: Anchor = { origin: performance.timeOrigin };
  #isAnchored = false;
  /** By how much the wall clock was set last, and when by the monotonic clock. */
  #set = { by: 0, at: Number.NEGATIVE_INFINITY };
  /** By the monotonic clock: until when a moment of before may stand for one after the wall clock was set, or the other way round. */
  #doubtUntil = Number.NEGATIVE_INFINITY;

  now(): number {
    const elapsed = tick();
    if (this.#isOff(elapsed, Date.now())) this.#anchorAnew();
    else this.#isAnchored = true;
    return this.#anchor.origin + elapsed;
  }

  // A process that is made to wait between the two clocks sees a drift that is none, and an attempt would keep that anchor for good:
  // only a pair that was read at once counts. The next call looks again.
  #anchorAnew(): void {
    const elapsed = performance.now();
    const wall = Date.now();
    if (performance.now() - elapsed >= AT_ONCE_MILLIS || !this.#isOff(elapsed, wall)) return;
    const set = wall - elapsed - this.#anchor.origin;
    this.#anchor = { origin: wall - elapsed };
    // Where it was set back, its times of just before come once more.
    if (this.#isAnchored && Math.abs(set) > SET_MILLIS) {
      this.#set = { by: set, at: elapsed };
      this.#doubtUntil = Math.max(this.#doubtUntil, elapsed + Math.max(0, -set));
    }
    this.#isAnchored = true;
  }

  /** By how much a moment of this clock has to be moved where it was read before the wall clock was set; 0 where nothing says that it was. */
  shiftOf(moment: number): number {
    const ago = this.now() - moment;
    const { by, at } = this.#set;
    const earliest = performance.now() - at + by;
    const isBefore = by > 0 ? ago >= earliest : ago < 0 && ago >= earliest - SET_MILLIS;
    return isBefore ? by : 0;
  }

  /**
   * Whether so many milliseconds up to now reach over a moment at which the wall clock was set: from a time that was taken before, it tells
   * nothing of how long ago that was.
   */
  isInDoubt(millis: number): boolean {
    this.now();
    return performance.now() - millis < this.#doubtUntil;
  }

  #isOff(elapsed: number, wall: number): boolean {
    const off = this.#anchor.origin + elapsed - wall;
    // The wall clock is cut to the millisecond, so up to one ahead of it is no drift.
    return off > 1 + DRIFT_MILLIS || off < -DRIFT_MILLIS;
  }

  /** A clock that keeps this one's anchor for good: for one attempt, whose events must not fall outside its span. */
  anchored(): AnchoredClock {
    const from = this.now();
    return new Anchored(from, this.#anchor);
  }
}

/** Epoch milliseconds as OpenTelemetry's [seconds, nanoseconds], to the microsecond. */
export function hrTime(millis: number): HrTime {
  const micros = Math.round(millis * 1000);
  const seconds = Math.floor(micros / 1e6);
  return [seconds, (micros - seconds * 1e6) * 1000];
}

/** Seconds between two times as they stand on the wire. */
export function secondsBetween(start: HrTime, end: HrTime): number {
  return ((end[0] - start[0]) * 1e9 + (end[1] - start[1])) / 1e9;
}
