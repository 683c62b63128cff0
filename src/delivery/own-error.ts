const OWN = Symbol.for('signalbox.own-error');

/** An error of the library itself. Its message contains no value of an emission, so the box may report it to `diag`. */
export function ownError(message: string, name = 'Error'): Error {
  return Object.defineProperty(Object.assign(new Error(message), { name }), OWN, { value: true });
}

/** Whether any copy of the package made the error. May throw if the error is hostile. */
export function isOwnError(error: object): boolean {
  return (error as { readonly [OWN]?: unknown })[OWN] === true;
}
