/** One look at a store for all who ask while it is under way, or within `freshMillis` of its begin. */
export function sharedLook<T>(look: () => Promise<T>, freshMillis: number): () => Promise<T> {
  let last: { readonly at: number; readonly found: Promise<T> } | undefined;
  let looking = false;
  return () => {
    if (last && (looking || performance.now() - last.at < freshMillis)) return last.found;
    looking = true;
    const found = look().finally(() => {
      looking = false;
    });
    last = { at: performance.now(), found };
    return found;
  };
}
