import type { Ticks } from './interval-ticks.js';

/** What was missed since that was asked last. */
export interface Missed {
  readonly ticks: number;
  /** Epoch milliseconds: when the first of them was due. */
  readonly dueAt: number;
}

/** The most ticks counted at once: a schedule of every second may have been down for days. */
const MOST = 1000;

/**
 * Finds the ticks of a schedule that were missed. A tick came if a job of the schedule came between the tick's moment and the end of its grace.
 * Each tick is judged once; a later job does not change that. Moments in epoch milliseconds, all from one clock.
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

  /** Excuses the ticks that are due by now and not judged yet. False if there is none. */
  passOver(now: number): boolean {
    const tick = this.#tick();
    if (tick === undefined || tick > now) return false;
    this.restart(now);
    return true;
  }

  /** Ticks are watched from now on, as if the watch began. */
  restart(now: number): void {
    this.#passTo(now);
    // Count an interval from now on, even after the clock was set back: the moments that it repeats are not ticks that came.
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

  // Reading a cron expression is expensive, and callers mostly ask for the same tick.
  #tick(): number | undefined {
    this.#next ??= this.#ticks.after(this.#through);
    return this.#next;
  }
}
