import { LONGEST_MILLIS } from '../../signal/option-checks.js';

/**
 * Calls `passed` with each object whose deadline passes before `clear`. One timer serves all, set to the earliest deadline: most deadlines are
 * cleared soon after they are set, and a timer for each would be a part of what a job costs.
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
    // A timer may fire a part of a millisecond early.
    for (const [one, at] of [...this.#due]) {
      if (at - now >= 1) next = Math.min(next, at);
      else if (this.#due.delete(one)) this.#passed(one);
    }
    if (next < this.#wakesAt) this.#wakeAt(next, next - now);
  }
}
