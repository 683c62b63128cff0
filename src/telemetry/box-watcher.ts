const WATCHER = Symbol.for('signalbox.boxes.1');

/** What a box says of itself. */
export interface Described {
  readonly problems: readonly string[];
}

/** Whoever looks at an app from outside, as the doctor's preload does, is told of each box. */
export type BoxWatcher = (describe: () => Described) => void;

/** Has the watcher, where there is one, told of a box. */
export function tellWatcher(describe: () => Described): void {
  try {
    (globalThis as { readonly [WATCHER]?: BoxWatcher })[WATCHER]?.(describe);
  } catch {
    // The app is none the worse for who looks at it.
  }
}

/** Makes a function the watcher. */
export function watchBoxes(watcher: BoxWatcher): void {
  (globalThis as { [WATCHER]?: BoxWatcher })[WATCHER] = watcher;
}
