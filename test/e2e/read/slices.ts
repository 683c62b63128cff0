/** A stretch of time in the unit of the API that is asked; `to` is not in it. */
export interface Slice {
  readonly from: bigint;
  readonly to: bigint;
}

/**
 * Reads a stretch of time whole from an API that answers with `limit` items at most: an answer that is full may have been cut off, so
 * its stretch is read anew in two halves. Rejects where a single moment holds more than one answer can.
 */
export async function readSlices<T>(
  slice: Slice,
  limit: number,
  read: (slice: Slice) => Promise<readonly T[]>,
): Promise<T[]> {
  const found = await read(slice);
  if (found.length < limit) return [...found];
  const middle = (slice.from + slice.to) / 2n;
  if (middle === slice.from) throw new Error(`more than ${limit - 1} items at the moment ${slice.from}`);
  const first = await readSlices({ from: slice.from, to: middle }, limit, read);
  const second = await readSlices({ from: middle, to: slice.to }, limit, read);
  return [...first, ...second];
}
