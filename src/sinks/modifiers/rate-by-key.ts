import { owned } from '../../emission/text.js';
import { TokenBucket } from './token-bucket.js';

/** Maximum number of keys with a rate of their own at a time. */
const KEYS = 10_000;

/** A rate for each key. Keys beyond the bound share one rate, so that no more passes than for so many keys and one. */
export class RateByKey {
  readonly #perSecond: number;
  /** The least recently used first. */
  readonly #buckets = new Map<string, TokenBucket>();
  #others: TokenBucket | undefined;

  constructor(perSecond: number) {
    this.#perSecond = perSecond;
  }

  take(key: string): boolean {
    const known = this.#buckets.get(key);
    if (known) {
      this.#buckets.delete(key);
      this.#buckets.set(key, known);
      return known.take();
    }
    if (this.#hasRoom()) {
      const bucket = this.#newBucket();
      this.#buckets.set(owned(key), bucket);
      return bucket.take();
    }
    this.#others ??= this.#newBucket();
    return this.#others.take();
  }

  // A full bucket is the same as a new one, so it can go.
  #hasRoom(): boolean {
    if (this.#buckets.size < KEYS) return true;
    const [[oldest, bucket] = ['', undefined]] = this.#buckets;
    if (!bucket?.isFull()) return false;
    this.#buckets.delete(oldest);
    return true;
  }

  #newBucket(): TokenBucket {
    return new TokenBucket(this.#perSecond, Math.ceil(this.#perSecond));
  }
}
