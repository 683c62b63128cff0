/** What is under way about some jobs, or a whole queue, by their keys. */
export class UnderWay {
  readonly #about = new Map<string, Set<Promise<void>>>();

  get isEmpty(): boolean {
    return this.#about.size === 0;
  }

  /** Something about these keys is under way until what this returns is called. */
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

  /** When all is over that is under way about these keys now; undefined where nothing is. */
  on(keys: readonly string[]): Promise<unknown> | undefined {
    if (this.isEmpty) return undefined;
    const own = new Set(keys.flatMap((key) => [...(this.#about.get(key) ?? [])]));
    return own.size === 0 ? undefined : Promise.all(own);
  }

  /** When all is over that is under way now. */
  all(): Promise<unknown> {
    return Promise.all([...this.#about.values()].flatMap((own) => [...own]));
  }
}
