/** A value that was set in place of another, and may be undone, in any order with those that were set before and after it. */
export interface Change<T> {
  readonly value: T;
  /** Once it is undone: what stood before it. Not before then: what is replaced again and again would be kept for good. */
  undone?: { readonly before: Change<T> | undefined };
}

/** The change itself, or where it is undone the last before it that is not. */
export function standing<T>(change: Change<T> | undefined): Change<T> | undefined {
  let at = change;
  while (at?.undone) at = at.undone.before;
  return at;
}

/** Marks a change as undone, which had replaced another. */
export function undo<T>(change: Change<T>, before: Change<T> | undefined): void {
  change.undone ??= { before: standing(before) };
}
