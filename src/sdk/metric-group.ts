import type { LookOnce } from './metrics/collect-once.js';

/** The times of metric exports. */
export interface MetricTimes {
  readonly intervalMillis: number;
  readonly timeoutMillis: number;
}

/** A destination that collects at each interval. */
export interface Member {
  /** Begins a collection as soon as possible. */
  collect(): unknown;
}

/** Destinations that export at the same times. Those that collect together share one look at observable instruments. */
export class MetricGroup {
  readonly #members = new Set<Member>();
  readonly #intervalMillis: number;
  readonly #newLook: () => LookOnce;
  #look: LookOnce | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(intervalMillis: number, newLook: () => LookOnce) {
    this.#intervalMillis = intervalMillis;
    this.#newLook = newLook;
  }

  join(member: Member): void {
    this.#members.add(member);
    if (this.#timer !== undefined) return;
    this.#timer = setInterval(() => {
      for (const each of this.#members) each.collect();
    }, this.#intervalMillis);
    (this.#timer as { unref?(): void }).unref?.();
  }

  leave(member: Member): void {
    this.#members.delete(member);
    if (this.#members.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** The look for collections that begin now. A collection that begins later, as after a slow export, gets another. */
  look(): LookOnce {
    if (!this.#look) {
      this.#look = this.#newLook();
      // A microtask ends the look: the members that were asked in this turn begin before it, one after the other.
      void Promise.resolve().then(() => {
        this.#look = undefined;
      });
    }
    return this.#look;
  }
}
