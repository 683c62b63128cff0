/** A check asks for depth and age, and so do gauges: one look serves what is asked within this time. */
const FRESH_MILLIS = 500;

/** One look at a store for all who ask while it is under way, or within half a second of its begin. */
export function sharedLook<T>(look: () => Promise<T>): () => Promise<T> {
  let last: { readonly at: number; readonly found: Promise<T> } | undefined;
  let looking = false;
  return () => {
    if (last && (looking || performance.now() - last.at < FRESH_MILLIS)) return last.found;
    looking = true;
    // Async: a look that throws is one that rejects.
    const found = (async () => look())().finally(() => {
      looking = false;
    });
    last = { at: performance.now(), found };
    return found;
  };
}
