import type { LookOnce } from './metrics/collect-once.js';

/** How metrics are exported. */
export interface MetricTimes {
  readonly intervalMillis: number;
  readonly timeoutMillis: number;
}

/** Who collects each interval. */
export interface Member {
  /** Begins as soon as it can. */
  collect(): unknown;
}

/** Destinations that export at the same times: what is observed is looked at once for those of them that collect together. */
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

  /** It is a member no longer. */
  leave(member: Member): void {
    this.#members.delete(member);
    if (this.#members.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** The look of those whose collections begin now. One that begins later, as after an export that took its time, has another. */
  look(): LookOnce {
    if (!this.#look) {
      this.#look = this.#newLook();
      // Behind those that were asked in the same go: they begin one after the other.
      void Promise.resolve().then(() => {
        this.#look = undefined;
      });
    }
    return this.#look;
  }
}
