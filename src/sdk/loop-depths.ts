/** The loop depth of items: how many ended calls of destinations led to each. Only depths above 0 are stored. */
export class LoopDepths<T extends object> {
  #known: WeakMap<T, number> | undefined;

  note(item: T, depth: number): void {
    if (depth === 0) return;
    this.#known ??= new WeakMap();
    this.#known.set(item, depth);
  }

  /** The greatest depth among the items. Mostly no depth is known, and `items` is not called. */
  deepest(items: () => readonly T[]): number {
    if (!this.#known) return 0;
    let depth = 0;
    for (const item of items()) depth = Math.max(depth, this.#known.get(item) ?? 0);
    return depth;
  }
}
