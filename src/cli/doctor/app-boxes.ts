import type { Described } from '../../telemetry/box-watcher.js';
import { watchBoxes } from '../../telemetry/box-watcher.js';

/** Boxes that are asked at most. */
const MOST = 64;
const SHUT = 'The box is shut down';

/** The app's own boxes, whichever copy of the package made them. */
export class AppBoxes {
  readonly #boxes: (() => Described)[] = [];
  #isAside = false;

  watch(): void {
    watchBoxes((describe) => {
      if (!this.#isAside && this.#boxes.length < MOST) this.#boxes.push(describe);
    });
  }

  /** Makes boxes of the doctor's own: what `make` makes before it waits is not watched. */
  aside<T>(make: () => T): T {
    this.#isAside = true;
    try {
      return make();
    } finally {
      this.#isAside = false;
    }
  }

  /** What `describe()` of each says beside what is known. */
  problemsBeside(known: readonly string[]): readonly string[] {
    const found = new Set<string>();
    for (const describe of this.#boxes) {
      try {
        // That an app shuts its box down in the end is as it should be.
        for (const problem of describe().problems)
          if (!problem.startsWith(SHUT) && !known.includes(problem)) found.add(problem);
      } catch {
        // What one can not say the others may.
      }
    }
    return [...found];
  }
}
