const BUCKETS = 60;
interface Bucket {
  slot: number;
  good: number;
  bad: number;
}

/** Ends of the last while, in a fixed number of buckets. */
export class EndWindow {
  readonly #width: number;
  readonly #buckets: Bucket[] = Array.from({ length: BUCKETS }, () => ({ slot: -1, good: 0, bad: 0 }));

  constructor(windowMillis: number) {
    this.#width = windowMillis / BUCKETS;
  }

  add(good: boolean): void {
    const slot = this.#slot();
    const bucket = this.#buckets[slot % BUCKETS] as Bucket;
    if (bucket.slot !== slot) {
      bucket.slot = slot;
      bucket.good = 0;
      bucket.bad = 0;
    }
    if (good) bucket.good++;
    else bucket.bad++;
  }

  sum(): { readonly good: number; readonly bad: number } {
    const newest = this.#slot();
    let good = 0;
    let bad = 0;
    for (const bucket of this.#buckets) {
      if (bucket.slot <= newest - BUCKETS || bucket.slot < 0) continue;
      good += bucket.good;
      bad += bucket.bad;
    }
    return { good, bad };
  }

  #slot(): number {
    return Math.floor(performance.now() / this.#width);
  }
}
