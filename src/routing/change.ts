/** A value that replaced another. Changes can be undone in any order. */
export interface Change<T> {
  readonly value: T;
  /** Set when the change is undone: the change before it. An earlier reference would keep every replaced value alive. */
  undone?: { readonly before: Change<T> | undefined };
}

/** The change itself, or if it is undone, the last earlier change that is not undone. */
export function standing<T>(change: Change<T> | undefined): Change<T> | undefined {
  let at = change;
  while (at?.undone) at = at.undone.before;
  return at;
}

/** Undoes a change that had replaced `before`. */
export function undo<T>(change: Change<T>, before: Change<T> | undefined): void {
  change.undone ??= { before: standing(before) };
}
