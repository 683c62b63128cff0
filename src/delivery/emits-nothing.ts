const QUIET = Symbol.for('signalbox.quiet');

/** Marks a sink of the library that emits nothing. Every copy of the package recognises the mark. Returns the sink. */
export function quiet<F extends object>(sink: F): F {
  return Object.defineProperty(sink, QUIET, { value: true });
}

export function isQuiet(sink: object): boolean {
  return (sink as { readonly [QUIET]?: boolean })[QUIET] === true;
}
