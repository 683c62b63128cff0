/** What came to a receiving end, by the numbers of the emissions. */
export class Arrivals {
  #seen = new Uint8Array(1024);
  #distinct = 0;
  #doubled = 0;
  #strangers = 0;
  #end = 0;

  /** Takes one; what is no number of an emission is a stranger. */
  take(given: unknown): void {
    const n = typeof given === 'string' ? Number(given) : given;
    if (typeof n !== 'number' || !Number.isSafeInteger(n) || n < 0 || n > 1e8) {
      this.#strangers++;
      return;
    }
    if (n >= this.#seen.length) {
      const wider = new Uint8Array(2 ** Math.ceil(Math.log2(n + 2)));
      wider.set(this.#seen);
      this.#seen = wider;
    }
    if (this.#seen[n]) this.#doubled++;
    else this.#distinct++;
    this.#seen[n] = 1;
    this.#end = Math.max(this.#end, n + 1);
  }

  has(n: number): boolean {
    return this.#seen[n] === 1;
  }

  /** Different ones that came. */
  get distinct(): number {
    return this.#distinct;
  }
  /** How often one came again. */
  get doubled(): number {
    return this.#doubled;
  }
  /** What came and was none of ours. */
  get strangers(): number {
    return this.#strangers;
  }
  /** One more than the highest number that came. */
  get end(): number {
    return this.#end;
  }
}
