/** Under which a process has what is done at its end, once a sink or an exporter of the library has to do anything then. */
export const EXITS: unique symbol = Symbol.for('signalbox.exits');

/** Has everything written that `exit` would have written: for an end of which there is no such event. */
export function writeAsAtExit(): void {
  (globalThis as { readonly [EXITS]?: { exit(): void } })[EXITS]?.exit();
}
