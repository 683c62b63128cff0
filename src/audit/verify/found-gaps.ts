import type { ReadLine } from '../chain.js';
import type { Gap } from '../gap.js';

/** How many lines are named of each reason. */
const NAMED = 5;

const REASONS: Readonly<Record<Gap['reason'], true>> = {
  not_written: true,
  dropped: true,
  torn_tail: true,
  foreign_bytes: true,
  set_aside: true,
  head: true,
};

/** Lines of one reason that say that something is missing. */
export interface GapCount {
  count: number;
  /** Where the first of them are, by the numbers that they have in the trail. */
  readonly at: number[];
}

/** The gaps of one file or of several, by their reasons. */
export class FoundGaps {
  readonly byReason: Map<string, GapCount> = new Map();
  /** The last that says that the head file was not as it was left: which line of the file it is, from 1, and its number. */
  lastHead: { readonly line: number; readonly seq: number } | undefined;

  add({ reason = 'other', seq }: ReadLine, line: number): void {
    this.#count(Object.hasOwn(REASONS, reason) ? reason : 'other', 1, [seq]);
    if (reason === 'head') this.lastHead = { line, seq };
  }

  addAll(gaps: FoundGaps): void {
    for (const [reason, { count, at }] of gaps.byReason) this.#count(reason, count, at);
  }

  get total(): number {
    return [...this.byReason.values()].reduce((sum, { count }) => sum + count, 0);
  }

  #count(reason: string, count: number, at: readonly number[]): void {
    const known = this.byReason.get(reason) ?? { count: 0, at: [] };
    known.count += count;
    known.at.push(...at.slice(0, NAMED - known.at.length));
    this.byReason.set(reason, known);
  }
}
