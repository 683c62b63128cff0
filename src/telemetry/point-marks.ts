import type { MarkedPoints, PointMarks } from '../delivery/destination.js';

/** The attribute of points that tells boxes of one process apart. */
export const BOX = 'signalbox.box';

const WRITERS = Symbol.for('signalbox.writers.1');

/** Maximum number of claims. The points of further instruments are all marked. */
const KEPT = 10_000;

/** The writers of points in this process, whichever copy of the package they come from. */
interface Writers {
  /** Number of writers so far. No number is used twice. */
  count: number;
  /** The number of the app's own SDK, which adds up all boxes that write to it. */
  otel: number | undefined;
  /** For each claim, the writer whose points are unmarked. */
  readonly first: Map<string, number>;
  /** Claims of overflow series that the app's own SDK may have. Those can not be marked. */
  readonly overflows: Set<string>;
}

function writers(): Writers {
  const holder = globalThis as { [WRITERS]?: Writers };
  holder[WRITERS] ??= { count: 0, otel: undefined, first: new Map(), overflows: new Set() };
  return holder[WRITERS];
}

function newNumber(): number {
  const all = writers();
  all.count++;
  return all.count;
}

function otelNumber(): number {
  const all = writers();
  all.otel ??= newNumber();
  return all.otel;
}

/** The number of the writer that has a claim. If there is none, the given number gets it. */
function firstOf(claim: string, number: number): number | undefined {
  const { first } = writers();
  const found = first.get(claim);
  if (found !== undefined || first.size >= KEPT) return found;
  first.set(claim, number);
  return number;
}

// No instrument has such a name.
const OVERFLOW = ' overflow';
const OBSERVED = ' observed';

/** Observed instruments share one claim: queries join them (a depth, and whether it is known), so a box marks all of them or none. */
function claimOf({ instrument, observed, overflow }: MarkedPoints): string {
  const claim = observed ? OBSERVED : instrument;
  return overflow ? claim + OVERFLOW : claim;
}

/**
 * Marks the points of a box if other boxes of the process have the same instrument. Without a mark, two series would leave under one
 * identity, and a backend would mix up their counts. The first box with points of an instrument leaves them unmarked; the points of
 * all others name their box. Boxes without exporters of metrics all write to the app's own SDK, which adds them up, so they count as
 * one.
 */
export class BoxPoints implements PointMarks {
  readonly #exports: boolean;
  readonly #marks = new Map<string, Readonly<Record<string, number>> | undefined>();
  /** Claims of points that the app's own SDK was given. */
  readonly #given = new Set<string>();
  readonly #marked = new Set<string>();
  #number: number | undefined;
  #ended = false;

  /** `exports`: whether the box itself exports metrics. */
  constructor(exports: boolean) {
    this.#exports = exports;
  }

  get number(): number {
    this.#number ??= this.#exports ? newNumber() : otelNumber();
    return this.#number;
  }

  get otel(): number {
    return otelNumber();
  }

  first(points: MarkedPoints): number | undefined {
    return writers().first.get(claimOf(points));
  }

  mark(points: MarkedPoints): Readonly<Record<string, number>> | undefined {
    const claim = claimOf(points);
    if (points.given && !this.#ended) this.#give(claim);
    const mark = this.#markOf(claim, points.given === true);
    if (mark && !points.overflow) this.#marked.add(points.instrument);
    return mark;
  }

  // A mark stays as it is: with another, a second identity would begin beside the one that backends know.
  #markOf(claim: string, given: boolean): Readonly<Record<string, number>> | undefined {
    if (this.#marks.has(claim)) return this.#marks.get(claim);
    const first = this.#ended ? writers().first.get(claim) : firstOf(claim, this.number);
    // A box that has ended claims nothing. Its last points may be unmarked, since the next box begins anew. Points in an SDK go on, so
    // they are marked.
    const isOwn = first === this.number || (this.#ended && first === undefined && !given);
    const mark = isOwn ? undefined : { [BOX]: this.number };
    this.#marks.set(claim, mark);
    return mark;
  }

  #give(claim: string): void {
    if (this.#given.has(claim)) return;
    this.#given.add(claim);
    const { overflows } = writers();
    if (overflows.size < KEPT) overflows.add(claim + OVERFLOW);
    firstOf(claim + OVERFLOW, this.number);
  }

  /**
   * The box has ended. The next box with its instruments leaves its points unmarked, because they begin anew, as after a restart.
   * Points that the app's SDK was given go on there, and belong to the SDK from now on.
   */
  end(): void {
    this.#ended = true;
    if (!this.#exports) return;
    const { first, overflows } = writers();
    for (const [claim, number] of first) {
      if (number !== this.#number) continue;
      if (this.#given.has(claim) || overflows.has(claim)) first.set(claim, otelNumber());
      else first.delete(claim);
    }
  }

  /** The instruments whose points the box has marked. */
  get marked(): readonly string[] {
    return [...this.#marked];
  }
}
