/** What was kept lately, by key: bounded, the oldest forgotten first. */
export class Recent<T> {
  readonly #most: number;
  readonly #kept = new Map<string, T>();

  constructor(most: number) {
    this.#most = most;
  }

  get(key: string): T | undefined {
    return this.#kept.get(key);
  }

  has(key: string): boolean {
    return this.#kept.has(key);
  }

  keep(key: string, value: T): void {
    this.#kept.delete(key);
    if (this.#kept.size >= this.#most) {
      const oldest = this.#kept.keys().next();
      if (!oldest.done) this.#kept.delete(oldest.value);
    }
    this.#kept.set(key, value);
  }

  forget(key: string): void {
    this.#kept.delete(key);
  }
}
