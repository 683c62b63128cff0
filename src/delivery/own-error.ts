const OWN = Symbol.for('signalbox.own-error');

/** An error of ours: its text is a sentence of the library, with nothing in it of what a sink was shown, so `diag` may be told it. */
export function ownError(message: string, name = 'Error'): Error {
  return Object.defineProperty(Object.assign(new Error(message), { name }), OWN, { value: true });
}

/** Whether an error is one, of whichever copy of the package. Throws what a hostile error throws when it is looked at. */
export function isOwnError(error: object): boolean {
  return (error as { readonly [OWN]?: unknown })[OWN] === true;
}
