import { soon } from '../delivery/timers.js';

/** Calls a function once the oldest waiting item is old enough. It keeps no process alive. */
export class FlushTimer {
  readonly #fire: () => void;
  readonly #millis: number;
  readonly #home: (fn: () => void) => void;
  #isArmed = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param home Runs a function in the async context that the timer keeps. That is never the context of an emit. */
  constructor(fire: () => void, millis: number, home: (fn: () => void) => void) {
    this.#fire = fire;
    this.#millis = millis;
    this.#home = home;
  }

  /** Starts the wait, unless it already runs. */
  arm(): void {
    if (this.#isArmed) return;
    this.#isArmed = true;
    try {
      // If the stack overflows during a change of the async context, Node aborts the process. The change therefore happens after the emit.
      soon(() => this.#home(this.#set));
    } catch (error) {
      // The flag without a timer would leave the waiting items there for good.
      this.#isArmed = false;
      throw error;
    }
  }

  stop(): void {
    this.#isArmed = false;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  readonly #set = (): void => {
    if (!this.#isArmed || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.stop();
      this.#fire();
    }, this.#millis);
    (this.#timer as { unref?(): void }).unref?.();
  };
}
