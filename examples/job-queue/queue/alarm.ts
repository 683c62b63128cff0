import { now } from './clock.js';

/** `setTimeout` fires at once when its delay does not fit into 32 bits. */
const LONGEST_TIMEOUT = 2 ** 31 - 1;

/** Rings once, at a moment or after it, never before; at most one moment is set at a time. */
export class Alarm {
  readonly #ring: () => void;
  #moment = Number.POSITIVE_INFINITY;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(ring: () => void) {
    this.#ring = ring;
  }

  /** Sets the moment (epoch ms), in place of the one before. `Infinity` is never: then no timer is held. */
  set(moment: number): void {
    if (moment === this.#moment) return;
    this.#moment = moment;
    this.#wait();
  }

  clear(): void {
    this.set(Number.POSITIVE_INFINITY);
  }

  #wait(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#moment === Number.POSITIVE_INFINITY) return;
    const millis = Math.min(Math.max(Math.ceil(this.#moment - now()), 1), LONGEST_TIMEOUT);
    this.#timer = setTimeout(() => this.#fired(), millis);
  }

  #fired(): void {
    // A timer may fire up to a millisecond early, and a far moment takes several of them.
    if (now() < this.#moment) {
      this.#wait();
      return;
    }
    this.clear();
    this.#ring();
  }
}
