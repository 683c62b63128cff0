import type { SinkFunction } from '../../delivery/sink-function.js';
import { nextTurn } from '../../delivery/timers.js';

/**
 * Counts how often a modifier was flushed. A flush also covers an emission that the modifier got before it and passes on after it
 * (another try, a fallback): the modifier then flushes its sinks again.
 */
export class Flushes {
  #count = 0;
  #isDue = false;
  #flush: (() => void) | undefined;

  get count(): number {
    return this.#count;
  }

  /** Counts the flushes of a modifier from now on. */
  of<F extends object & Pick<SinkFunction, 'flush'>>(modifier: F): F {
    if (!modifier.flush) return modifier;
    this.#flush = modifier.flush;
    return Object.assign(modifier, {
      flush: () => {
        this.#count++;
        this.#flush?.();
      },
    });
  }

  /** Called when an emission is passed on, with the count from when the modifier got it. */
  late(count: number): void {
    if (count === this.#count || this.#isDue) return;
    this.#isDue = true;
    // A turn later, so that emissions that are passed on together are flushed together.
    nextTurn(() => {
      this.#isDue = false;
      try {
        this.#flush?.();
      } catch {
        // The first flush reported the error already.
      }
    });
  }
}
