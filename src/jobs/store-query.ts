import { isPending } from '../delivery/sink-answer.js';
import { within } from './promise-timeout.js';

/** The answer of a look: at once, or later; undefined if the look failed. */
export type Looked<T> = T | undefined | Promise<T | undefined>;

/** The longest that a collection of metrics waits for a store. */
const PATIENCE_MILLIS = 5000;

/** A store that does not answer is asked again after this: its client may have lost the question. */
const LOST_MILLIS = 60_000;

/** The most open questions: a client that queues them holds no more. */
const OPEN = 3;

/** One that did not answer the last time is not waited for again until it has: readers with less patience would lose all else for it. */
const LITTLE_PATIENCE_MILLIS = 250;

/** One that is under way. */
interface UnderWay<T> {
  readonly since: number;
  /** Never rejects. */
  readonly found: Promise<T | undefined>;
}

/**
 * Asks a store for one value, once for all metric readers, and lets none of them wait for long. A question stays open until the store answers.
 * A second one is asked beside it only if the first takes so long that it may be lost.
 */
export class Look<T> {
  readonly #ask: () => unknown;
  readonly #read: (answer: unknown) => T | undefined;
  readonly #failed: (error: unknown) => void;
  #underWay: UnderWay<T> | undefined;
  #open = 0;
  #answers = true;
  #answered = false;

  /** `read` throws what is wrong with an answer; `failed` gets why a look gave nothing. */
  constructor(
    ask: () => unknown,
    read: (answer: unknown) => T | undefined,
    failed: (error: unknown) => void,
  ) {
    this.#ask = ask;
    this.#read = read;
    this.#failed = failed;
  }

  // Answer synchronously if possible: some SDKs do not wait for a promise.
  now(): Looked<T> {
    let underWay = this.#underWay;
    if (!underWay || (this.#open < OPEN && performance.now() - underWay.since >= LOST_MILLIS)) {
      try {
        const asked = this.#ask();
        if (!isPending(asked)) return this.#found(asked);
        underWay = this.#begin(Promise.resolve(asked));
      } catch (error) {
        this.#lost(error);
        return undefined;
      }
    }
    const patience = this.#answers ? PATIENCE_MILLIS : LITTLE_PATIENCE_MILLIS;
    const left = underWay.since + patience - performance.now();
    if (left <= 0) return undefined;
    const late = `it did not answer in ${patience} ms`;
    return within(left, underWay.found, late).catch((error: unknown) => {
      this.#answers = false;
      this.#lost(error);
      return undefined;
    });
  }

  /** Whether the last look gave something; the one that is under way, where there is one. */
  answered(): boolean | Promise<boolean> {
    const looking = this.#underWay && this.now();
    return isPending(looking) ? looking.then(() => this.#answered) : this.#answered;
  }

  #begin(asked: Promise<unknown>): UnderWay<T> {
    this.#open++;
    const over = (): void => {
      this.#open--;
      this.#answers = true;
      if (this.#underWay === underWay) this.#underWay = undefined;
    };
    const found = asked
      .finally(over)
      .then((answer) => this.#found(answer))
      .catch((error: unknown) => {
        this.#lost(error);
        return undefined;
      });
    const underWay: UnderWay<T> = { since: performance.now(), found };
    this.#underWay = underWay;
    return underWay;
  }

  #found(answer: unknown): T | undefined {
    const found = this.#read(answer);
    this.#answered = found !== undefined;
    return found;
  }

  #lost(error: unknown): void {
    this.#answered = false;
    this.#failed(error);
  }
}
