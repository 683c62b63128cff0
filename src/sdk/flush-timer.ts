import { soon } from '../delivery/timers.js';

/** Has a function called once what waits is old enough. It keeps no process alive. */
export class FlushTimer {
  readonly #fire: () => void;
  readonly #millis: number;
  readonly #home: (fn: () => void) => void;
  #isArmed = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param home Runs a function in the async context that the timer is to keep, which is not that of an emit. */
  constructor(fire: () => void, millis: number, home: (fn: () => void) => void) {
    this.#fire = fire;
    this.#millis = millis;
    this.#home = home;
  }

  /** Begins to wait, unless it does already. */
  arm(): void {
    if (this.#isArmed) return;
    this.#isArmed = true;
    try {
      // Node aborts the process where it runs out of stack within a change of the async context: not within the emit.
      soon(() => this.#home(this.#set));
    } catch (error) {
      // A flag that no timer stands behind would be the end of what waits.
      this.#isArmed = false;
      throw error;
    }
  }

  /** Ends the wait. */
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
