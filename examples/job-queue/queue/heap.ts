/** A binary heap that also finds and removes any item: each change costs O(log n) comparisons, a look at the first none. */
export class Heap<T> {
  readonly #before: (a: T, b: T) => boolean;
  readonly #items: T[] = [];
  readonly #places = new Map<T, number>();

  /** `before` says whether `a` comes out before `b`; it must not change its mind while both are in. */
  constructor(before: (a: T, b: T) => boolean) {
    this.#before = before;
  }

  get size(): number {
    return this.#items.length;
  }

  get first(): T | undefined {
    return this.#items[0];
  }

  has(item: T): boolean {
    return this.#places.has(item);
  }

  add(item: T): void {
    this.#rise(item, this.#items.length);
  }

  /** Removes the item; false when it is not in. */
  delete(item: T): boolean {
    const place = this.#places.get(item);
    if (place === undefined) return false;
    this.#places.delete(item);
    const last = this.#items.pop() as T;
    if (place < this.#items.length) this.#settle(last, place);
    return true;
  }

  /** Removes and returns the first item. */
  take(): T | undefined {
    const first = this.#items[0];
    if (first !== undefined) this.delete(first);
    return first;
  }

  #settle(item: T, place: number): void {
    const parent = this.#items[(place - 1) >> 1];
    if (place > 0 && this.#before(item, parent as T)) this.#rise(item, place);
    else this.#sink(item, place);
  }

  #rise(item: T, from: number): void {
    let place = from;
    while (place > 0) {
      const above = (place - 1) >> 1;
      const parent = this.#items[above] as T;
      if (!this.#before(item, parent)) break;
      this.#put(parent, place);
      place = above;
    }
    this.#put(item, place);
  }

  #sink(item: T, from: number): void {
    let place = from;
    for (;;) {
      let below = 2 * place + 1;
      if (below >= this.#items.length) break;
      const right = below + 1;
      if (right < this.#items.length && this.#before(this.#items[right] as T, this.#items[below] as T))
        below = right;
      const child = this.#items[below] as T;
      if (!this.#before(child, item)) break;
      this.#put(child, place);
      place = below;
    }
    this.#put(item, place);
  }

  #put(item: T, place: number): void {
    this.#items[place] = item;
    this.#places.set(item, place);
  }
}
