import type { Labels } from './labels.js';
import { isKept } from './labels.js';
import { isTooLarge } from './too-large.js';

/** What was counted of one series since the SDK was given it last. */
interface Cell {
  readonly labels: Labels;
  sum: number;
  /** Measurements in it. */
  count: number;
  /** The SDK has been given one since it collected last. */
  isOpen: boolean;
}

/** More than an SDK needs for one value. */
const FRAMES = 300;

/** Throws where the stack does not hold so many calls more: near its end any call may throw, and what is given half is neither here nor there. */
function assertStack(frames: number): number {
  return frames === 0 ? 0 : 1 + assertStack(frames - 1);
}

type Give = (sum: number, labels: Labels, count: number) => void;

/**
 * Adds up what one counter is given between two collections, so that the SDK is given one sum a series. The first value after a collection
 * goes to the SDK at once: a point begins at its first value.
 */
export class CounterSums {
  /** By the very object of the labels: those of a signal that is forgotten go with it. */
  readonly #cells = new WeakMap<Labels, Cell>();
  readonly #give: Give;
  #open: Cell[] = [];

  constructor(give: Give) {
    this.#give = give;
  }

  /** Takes a value. False where the SDK has to be given it now. */
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

  /** Gives the SDK what there is. */
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
