/** Work that is under way for some jobs, or a whole queue, by their keys. */
export class UnderWay {
  readonly #about = new Map<string, Set<Promise<void>>>();

  get isEmpty(): boolean {
    return this.#about.size === 0;
  }

  /** Work for these keys is under way until the returned function is called. */
  begin(keys: readonly string[]): () => void {
    let over = (): void => undefined;
    const one = new Promise<void>((resolve) => {
      over = resolve;
    });
    for (const key of keys) this.#about.set(key, (this.#about.get(key) ?? new Set()).add(one));
    return () => {
      over();
      for (const key of keys) {
        const others = this.#about.get(key);
        if (others?.delete(one) && others.size === 0) this.#about.delete(key);
      }
    };
  }

  /** Resolves when all work that is under way for these keys is over. Undefined if there is none. */
  on(keys: readonly string[]): Promise<unknown> | undefined {
    if (this.isEmpty) return undefined;
    const own = new Set(keys.flatMap((key) => [...(this.#about.get(key) ?? [])]));
    return own.size === 0 ? undefined : Promise.all(own);
  }

  /** Resolves when all work that is under way is over. */
  all(): Promise<unknown> {
    return Promise.all([...this.#about.values()].flatMap((own) => [...own]));
  }
}
