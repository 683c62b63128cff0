import type { Ticks } from './interval-ticks.js';

/** What was missed since that was asked last. */
export interface Missed {
  readonly ticks: number;
  /** Epoch milliseconds: when the first of them was due. */
  readonly dueAt: number;
}

/** Ticks that are counted at once at most: a schedule of every second may have been out for days. */
const MOST = 1000;

/**
 * Which ticks of a schedule did not come. One came where something of the schedule did from its moment on and before the grace is over; each is judged
 * once, and what comes later changes nothing of that. Moments in epoch milliseconds, each from one clock.
 */
export class ScheduleWatch {
  readonly #ticks: Ticks;
  readonly #grace: number;
  /** Ticks up to here are judged, or came. */
  #through: number;
  /** The first tick after that, once it was asked for. */
  #next: number | undefined;
  #missed = 0;
  #dueAt = 0;

  /** Ticks after `from` are watched. */
  constructor(ticks: Ticks, graceMillis: number, from: number) {
    this.#ticks = ticks;
    this.#grace = graceMillis;
    this.#through = from;
  }

  /** Something of the schedule came. */
  came(at: number): void {
    this.judge(at);
    this.cameThrough(at);
  }

  /** All ticks up to a moment came, whenever that was. */
  cameThrough(at: number): void {
    this.#passTo(at + this.#ticks.earlyMillis);
    this.#begin(at);
  }

  /** Ticks that are due by now, and not judged, are no miss. False where there is none. */
  passOver(now: number): boolean {
    const tick = this.#tick();
    if (tick === undefined || tick > now) return false;
    this.restart(now);
    return true;
  }

  /** Ticks are watched from now on, as if the watch began. */
  restart(now: number): void {
    this.#passTo(now);
    // An interval is counted from now on, also where the clock was set back: the moments that come once more are no ticks that came.
    if (this.#ticks.begin) this.#through = now;
    this.#begin(now);
  }

  /** Counts the ticks whose grace is over. */
  judge(now: number): void {
    const until = now - this.#grace;
    let tick = this.#tick();
    for (let judged = 0; tick !== undefined && tick <= until && judged < MOST; judged++) {
      if (this.#missed === 0) this.#dueAt = tick;
      this.#missed++;
      this.#passTo(tick);
      tick = this.#tick();
    }
    // Of what is left of a long time, none is counted; where no tick is known yet, one may be later.
    if (tick === undefined || tick <= until) this.#passTo(until);
  }

  /** What is missed and was not taken yet. */
  get missed(): number {
    return this.#missed;
  }

  take(): Missed {
    const missed = { ticks: this.#missed, dueAt: this.#dueAt };
    this.#missed = 0;
    return missed;
  }

  /** When the next tick is judged, if nothing comes. */
  get judgesAt(): number | undefined {
    const tick = this.#tick();
    return tick === undefined ? undefined : tick + this.#grace;
  }

  /** Its ticks are others than before. */
  reread(): void {
    this.#next = undefined;
  }

  #begin(at: number): void {
    if (!this.#ticks.begin) return;
    this.#ticks.begin(at);
    this.#next = undefined;
  }

  #passTo(moment: number): void {
    if (moment <= this.#through) return;
    this.#through = moment;
    if (this.#next !== undefined && this.#next <= moment) this.#next = undefined;
  }

  // Cron expressions are dear to read: mostly it is the same tick that is asked for.
  #tick(): number | undefined {
    this.#next ??= this.#ticks.after(this.#through);
    return this.#next;
  }
}
