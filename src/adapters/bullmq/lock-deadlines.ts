import { LONGEST_MILLIS } from '../../signal/option-checks.js';

/**
 * What is to be done where nobody says a word in time. One timer for all, at the earliest: most are taken back soon after they are set, and a
 * timer for each would be a part of what a job costs.
 */
export class Deadlines<T extends object> {
  readonly #passed: (one: T) => void;
  readonly #due = new Map<T, number>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #wakesAt = Number.POSITIVE_INFINITY;

  constructor(passed: (one: T) => void) {
    this.#passed = passed;
  }

  set(one: T, millis: number): void {
    const at = performance.now() + millis;
    this.#due.set(one, at);
    if (at < this.#wakesAt) this.#wakeAt(at, millis);
  }

  clear(one: T): void {
    this.#due.delete(one);
  }

  #wakeAt(at: number, millis: number): void {
    clearTimeout(this.#timer);
    this.#wakesAt = at;
    this.#timer = setTimeout(() => this.#look(), Math.min(millis, LONGEST_MILLIS));
    this.#timer.unref?.();
  }

  #look(): void {
    this.#wakesAt = Number.POSITIVE_INFINITY;
    const now = performance.now();
    let next = Number.POSITIVE_INFINITY;
    // Timers are early by part of a millisecond.
    for (const [one, at] of [...this.#due]) {
      if (at - now >= 1) next = Math.min(next, at);
      else if (this.#due.delete(one)) this.#passed(one);
    }
    if (next < this.#wakesAt) this.#wakeAt(next, next - now);
  }
}
