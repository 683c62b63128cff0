/** How often over calls that had ended led to an item: known of the few that any did. */
export class LoopDepths<T extends object> {
  #known: WeakMap<T, number> | undefined;

  note(item: T, depth: number): void {
    if (depth === 0) return;
    this.#known ??= new WeakMap();
    this.#known.set(item, depth);
  }

  /** That of the deepest. Mostly there is none to look for. */
  deepest(items: () => readonly T[]): number {
    if (!this.#known) return 0;
    let depth = 0;
    for (const item of items()) depth = Math.max(depth, this.#known.get(item) ?? 0);
    return depth;
  }
}
