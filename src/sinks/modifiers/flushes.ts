import type { SinkFunction } from '../../delivery/sink-function.js';
import { nextTurn } from '../../delivery/timers.js';

/**
 * Counts how often a modifier was flushed. What it was given before a flush and gives on after it (another try, a fallback) is
 * waited for too: its sinks are flushed again then.
 */
export class Flushes {
  #count = 0;
  #isDue = false;
  #flush: (() => void) | undefined;

  get count(): number {
    return this.#count;
  }

  /** Has flushes of a modifier counted. */
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

  /** Told when something is given on, with the count of when the modifier was given it. */
  late(count: number): void {
    if (count === this.#count || this.#isDue) return;
    this.#isDue = true;
    // A turn later: what is given on together is to be brought out together.
    nextTurn(() => {
      this.#isDue = false;
      try {
        this.#flush?.();
      } catch {
        // Whoever flushed first was told.
      }
    });
  }
}
