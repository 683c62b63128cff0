import type { Gap } from './gap.js';

/** How many reasons are told apart. */
const REASONS = 32;

/** Emissions that are missing from a trail, until a line of it says so. */
export class Losses {
  #notWritten = 0;
  readonly #dropped = new Map<string, number>();

  get isEmpty(): boolean {
    return this.#notWritten === 0 && this.#dropped.size === 0;
  }

  notWritten(count: number): void {
    this.#notWritten += count;
  }

  dropped(reason: string, count: number): void {
    const key = this.#dropped.has(reason) || this.#dropped.size < REASONS ? reason : 'other';
    this.#dropped.set(key, (this.#dropped.get(key) ?? 0) + count);
  }

  /** What is to be said of them; then it is said. */
  take(): Gap[] {
    const gaps: Gap[] = [];
    if (this.#notWritten > 0) gaps.push({ reason: 'not_written', count: this.#notWritten });
    if (this.#dropped.size > 0) {
      const count = [...this.#dropped.values()].reduce((sum, n) => sum + n, 0);
      gaps.push({ reason: 'dropped', count, by: Object.fromEntries(this.#dropped) });
    }
    this.#notWritten = 0;
    this.#dropped.clear();
    return gaps;
  }

  /** It could not be said after all. False where the gap is none of these. */
  putBack(gap: Gap): boolean {
    if (gap.reason === 'not_written') this.notWritten(gap.count);
    else if (gap.reason === 'dropped')
      for (const [reason, count] of Object.entries(gap.by)) this.dropped(reason, count);
    else return false;
    return true;
  }
}
