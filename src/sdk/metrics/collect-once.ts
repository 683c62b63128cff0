/** One look at what is observed: who collects together sees the same, and asks the app once. */
export class LookOnce {
  /** When, in epoch milliseconds. */
  readonly now: number;
  /** What the callbacks of the app have together. */
  readonly timeoutMillis: number;
  readonly #seen = new Map<object, Promise<unknown>>();

  constructor(now: number, timeoutMillis: number) {
    this.now = now;
    this.timeoutMillis = timeoutMillis;
  }

  /** What `look` gives for that instrument, the first time that it is asked for. */
  once<T>(instrument: object, look: () => Promise<T>): Promise<T> {
    const seen = this.#seen.get(instrument) ?? look();
    this.#seen.set(instrument, seen);
    return seen as Promise<T>;
  }
}
