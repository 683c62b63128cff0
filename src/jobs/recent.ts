const KEPT = 10_000;

/** What was kept lately, by key: at most 10 000, the oldest forgotten first. */
export class Recent<T> {
  readonly #kept = new Map<string, T>();

  get(key: string): T | undefined {
    return this.#kept.get(key);
  }

  has(key: string): boolean {
    return this.#kept.has(key);
  }

  keep(key: string, value: T): void {
    this.#kept.delete(key);
    if (this.#kept.size >= KEPT) {
      const oldest = this.#kept.keys().next();
      if (!oldest.done) this.#kept.delete(oldest.value);
    }
    this.#kept.set(key, value);
  }

  forget(key: string): void {
    this.#kept.delete(key);
  }
}
