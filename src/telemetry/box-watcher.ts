const WATCHER = Symbol.for('signalbox.boxes.1');

/** A box's description of itself. */
export interface Described {
  readonly problems: readonly string[];
}

/** Learns of each box. The doctor's preload uses it to look at an app from outside. */
export type BoxWatcher = (describe: () => Described) => void;

/** Shows a box to the watcher, if there is one. */
export function tellWatcher(describe: () => Described): void {
  try {
    (globalThis as { readonly [WATCHER]?: BoxWatcher })[WATCHER]?.(describe);
  } catch {
    // A watcher that fails must not harm the app.
  }
}

/** Registers the watcher. */
export function watchBoxes(watcher: BoxWatcher): void {
  (globalThis as { [WATCHER]?: BoxWatcher })[WATCHER] = watcher;
}
