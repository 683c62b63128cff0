/** When a file is full: the first that is reached. */
export interface Rotation {
  readonly maxBytes?: number | undefined;
  readonly maxLines?: number | undefined;
  /** The length of the periods, counted from 1970, of which each has a file of its own. */
  readonly everyMillis?: number | undefined;
  /** Whether full files are compressed, all but the newest. */
  readonly gzip?: boolean | undefined;
}

/** What is known of the file that a trail writes to. */
interface File {
  readonly place: { readonly to: number };
  readonly lines: number;
  readonly since: number;
  readonly hasRest: boolean;
}

export function isFull({ place, lines, since, hasRest }: File, rotation: Rotation): boolean {
  // What is behind the last line has to be written over first.
  if (place.to === 0 || hasRest) return false;
  const { maxBytes = Infinity, maxLines = Infinity, everyMillis } = rotation;
  if (place.to >= maxBytes || lines >= maxLines) return true;
  if (everyMillis === undefined) return false;
  return Math.floor(Date.now() / everyMillis) !== Math.floor(since / everyMillis);
}
