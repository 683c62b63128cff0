import type { Labels } from './labels.js';
import { isKept } from './labels.js';
import { isTooLarge } from './too-large.js';

/** The sum of one series since the SDK last got it. */
interface Cell {
  readonly labels: Labels;
  sum: number;
  /** Number of measurements in the sum. */
  count: number;
  /** Whether the SDK got a value since it last collected. */
  isOpen: boolean;
}

/** More frames than an SDK needs for one value. */
const FRAMES = 300;

/** Throws unless the stack has room for so many calls. Near its end any call may throw, and a sum that is half handed over is lost. */
function assertStack(frames: number): number {
  return frames === 0 ? 0 : 1 + assertStack(frames - 1);
}

type Give = (sum: number, labels: Labels, count: number) => void;

/**
 * Adds up the values of one counter between two collections, so that the SDK gets one sum for each series. The SDK gets the first
 * value after a collection at once, because a point begins at its first value.
 */
export class CounterSums {
  /** By the identity of the labels object: the labels of a forgotten signal go with it. */
  readonly #cells = new WeakMap<Labels, Cell>();
  readonly #give: Give;
  #open: Cell[] = [];

  constructor(give: Give) {
    this.#give = give;
  }

  /** Takes a value. False if the SDK must get it now. */
  take(value: number, labels: Labels): boolean {
    const cell = this.#cells.get(labels) ?? this.#cellOf(labels);
    if (!cell) return false;
    if (!cell.isOpen) {
      cell.isOpen = true;
      this.#open.push(cell);
      return false;
    }
    const sum = cell.sum + value;
    if (isTooLarge(sum)) return false;
    cell.sum = sum;
    cell.count++;
    return true;
  }

  /** Gives the SDK all sums. */
  handOver(): void {
    const open = this.#open;
    if (open.length === 0) return;
    assertStack(FRAMES);
    this.#open = [];
    let at = 0;
    try {
      while (at < open.length) this.#handOverOf(open[at++] as Cell);
    } finally {
      for (; at < open.length; at++) this.#open.push(open[at] as Cell);
    }
  }

  #handOverOf(cell: Cell): void {
    const { labels, sum, count } = cell;
    cell.sum = 0;
    cell.count = 0;
    cell.isOpen = false;
    if (count > 0) this.#give(sum, labels, count);
  }

  #cellOf(labels: Labels): Cell | undefined {
    if (!isKept(labels)) return undefined;
    const cell: Cell = { labels, sum: 0, count: 0, isOpen: false };
    this.#cells.set(labels, cell);
    return cell;
  }
}
