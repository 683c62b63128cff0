import type { Described } from '../../telemetry/box-watcher.js';
import { watchBoxes } from '../../telemetry/box-watcher.js';

/** The most boxes that are described. */
const MOST = 64;
const SHUT = 'The box is shut down';

/** The app's own boxes, of all copies of the package. */
export class AppBoxes {
  readonly #boxes: (() => Described)[] = [];
  #isAside = false;

  watch(): void {
    watchBoxes((describe) => {
      if (!this.#isAside && this.#boxes.length < MOST) this.#boxes.push(describe);
    });
  }

  /** Makes the doctor's own boxes: boxes that `make` creates synchronously are not watched. */
  aside<T>(make: () => T): T {
    this.#isAside = true;
    try {
      return make();
    } finally {
      this.#isAside = false;
    }
  }

  /** The problems in `describe()` of all boxes, without the known ones. */
  problemsBeside(known: readonly string[]): readonly string[] {
    const found = new Set<string>();
    for (const describe of this.#boxes) {
      try {
        // An app should shut its box down at its end: that is not a problem.
        for (const problem of describe().problems)
          if (!problem.startsWith(SHUT) && !known.includes(problem)) found.add(problem);
      } catch {
        // One box that throws must not hide the problems of the others.
      }
    }
    return [...found];
  }
}
