import type { HrTime } from '@opentelemetry/api';

/** Milliseconds that the anchored time may differ from the wall clock before the box anchors it anew. */
const DRIFT_MILLIS = 2;
/** Two clock readings within so many milliseconds count as one moment. */
const AT_ONCE_MILLIS = 0.5;

/** If the wall clock jumps by more, someone has set it. Corrections of drift are smaller. */
const SET_MILLIS = 100;

const STEP = 0.0015;
const REPLACED = 1000;

let last = 0;

// Each reading is more than a microsecond after the last, so that two equal records never carry the same time: stores that key by time
// and text would keep only one. A last reading far ahead of the monotonic clock means that fake timers replaced that clock.
function tick(): number {
  const now = performance.now();
  last = now >= last + STEP || last - now > REPLACED ? now : last + STEP;
  return last;
}

/** A clock of epoch milliseconds with fractions: the wall clock at an anchor plus the monotonic time since. */
export interface Clock {
  now(): number;
}

/** A clock that keeps its anchor. */
export interface AnchoredClock extends Clock {
  /** The moment of its anchor. Nothing that it times is earlier. */
  readonly from: number;
  /** What the clock times, for code that finds the clock in a context. A second context value would be expensive for each job. */
  owner?: object | undefined;
}

/** The anchor of clocks. All clocks with the same anchor share the object, because each running attempt has a clock. */
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

/** The clock of a box. It is anchored anew when the wall clock is set or drifts. */
export class BoxClock implements Clock {
  #anchor: Anchor = { origin: performance.timeOrigin };
  #isAnchored = false;
  /** By how much the wall clock was last set, and when by the monotonic clock. */
  #set = { by: 0, at: Number.NEGATIVE_INFINITY };
  /** By the monotonic clock: until then, a moment before the wall clock was set can not be told from one after it. */
  #doubtUntil = Number.NEGATIVE_INFINITY;

  now(): number {
    const elapsed = tick();
    if (this.#isOff(elapsed, Date.now())) this.#anchorAnew();
    else this.#isAnchored = true;
    return this.#anchor.origin + elapsed;
  }

  // If the process pauses between the two readings, the drift is not real, and an attempt would keep that anchor for good. So only two
  // readings of one moment count. The next call looks again.
  #anchorAnew(): void {
    const elapsed = performance.now();
    const wall = Date.now();
    if (performance.now() - elapsed >= AT_ONCE_MILLIS || !this.#isOff(elapsed, wall)) return;
    const set = wall - elapsed - this.#anchor.origin;
    this.#anchor = { origin: wall - elapsed };
    // A clock that was set back repeats the times just before.
    if (this.#isAnchored && Math.abs(set) > SET_MILLIS) {
      this.#set = { by: set, at: elapsed };
      this.#doubtUntil = Math.max(this.#doubtUntil, elapsed + Math.max(0, -set));
    }
    this.#isAnchored = true;
  }

  /** By how much a moment of this clock must move if it was read before the wall clock was set. 0 if nothing shows that. */
  shiftOf(moment: number): number {
    const ago = this.now() - moment;
    const { by, at } = this.#set;
    const earliest = performance.now() - at + by;
    const isBefore = by > 0 ? ago >= earliest : ago < 0 && ago >= earliest - SET_MILLIS;
    return isBefore ? by : 0;
  }

  /**
   * Whether so many milliseconds up to now reach back to where the wall clock was set or, after it was set back, to times that come twice.
   * A time that was taken before does not show how long ago that was.
   */
  isInDoubt(millis: number): boolean {
    this.now();
    return performance.now() - millis < this.#doubtUntil;
  }

  #isOff(elapsed: number, wall: number): boolean {
    const off = this.#anchor.origin + elapsed - wall;
    // The wall clock has whole milliseconds, so up to one ahead of it is no drift.
    return off > 1 + DRIFT_MILLIS || off < -DRIFT_MILLIS;
  }

  /** A clock that keeps this one's anchor for good. An attempt has one, so that its events do not fall outside its span. */
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

/** Seconds between two times as they are on the wire. */
export function secondsBetween(start: HrTime, end: HrTime): number {
  return ((end[0] - start[0]) * 1e9 + (end[1] - start[1])) / 1e9;
}
