/** What a time limit looks like as an error. Recorded on attempts that exceed theirs, never thrown. */
export class TimeLimit extends Error {
  override readonly name = 'TimeoutError';
  readonly code = 'timeout';

  constructor(limitMillis: number | undefined) {
    super(limitMillis === undefined ? 'timed out' : `timed out after ${limitMillis} ms`);
  }
}
