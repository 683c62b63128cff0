/** `setImmediate` where there is one: a timer of 0 ms waits a whole millisecond there. */
export function afterOthers(fn: () => void): void {
  const { setImmediate: immediate } = globalThis as { setImmediate?: (fn: () => void) => unknown };
  if (immediate) immediate(fn);
  else setTimeout(fn, 0);
}
