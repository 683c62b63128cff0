/** The key of the process-wide object that runs last writes. A sink or an exporter of the library makes it when it needs it. */
export const EXITS: unique symbol = Symbol.for('signalbox.exits');

/** Writes everything that the `exit` event would write, for an end of the process without that event. */
export function writeAsAtExit(): void {
  (globalThis as { readonly [EXITS]?: { exit(): void } })[EXITS]?.exit();
}
