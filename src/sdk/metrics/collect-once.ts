/** One look at observable instruments. Collectors that share it see the same values, and the app's callbacks run once. */
export class LookOnce {
  /** The time of the look, in epoch milliseconds. */
  readonly now: number;
  /** The time limit that all callbacks of the app share. */
  readonly timeoutMillis: number;
  readonly #seen = new Map<object, Promise<unknown>>();

  constructor(now: number, timeoutMillis: number) {
    this.now = now;
    this.timeoutMillis = timeoutMillis;
  }

  /** The result of `look` for an instrument. Only the first call for it runs `look`. */
  once<T>(instrument: object, look: () => Promise<T>): Promise<T> {
    const seen = this.#seen.get(instrument) ?? look();
    this.#seen.set(instrument, seen);
    return seen as Promise<T>;
  }
}
