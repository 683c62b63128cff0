import type { MarkedPoints, PointMarks } from '../delivery/destination.js';

/** The attribute of points that tells boxes of one process apart. */
export const BOX = 'signalbox.box';

const WRITERS = Symbol.for('signalbox.writers.1');

/** Claims that are kept at most. Of further instruments all points are marked. */
const KEPT = 10_000;

/** Who writes points in this process, whichever copy of the package it comes from. */
interface Writers {
  /** How many there were. No number comes twice. */
  count: number;
  /** What the app's own SDK is, which adds up all the boxes that write to it. */
  otel: number | undefined;
  /** By claim: who has these points unmarked. */
  readonly first: Map<string, number>;
  /** Claims of overflow series that the app's own SDK may have: those can not be marked. */
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

/** The number of who has a claim, which is this one where nobody had. */
function firstOf(claim: string, number: number): number | undefined {
  const { first } = writers();
  const found = first.get(claim);
  if (found !== undefined || first.size >= KEPT) return found;
  first.set(claim, number);
  return number;
}

// No instruments' names have these.
const OVERFLOW = ' overflow';
const OBSERVED = ' observed';

/** What is observed is one claim: queries join such instruments (a depth, and whether it is known), so all of a box are marked, or none. */
function claimOf({ instrument, observed, overflow }: MarkedPoints): string {
  const claim = observed ? OBSERVED : instrument;
  return overflow ? claim + OVERFLOW : claim;
}

/**
 * Marks the points of a box where other boxes of the process have the same instrument, so that no two leave under one identity: a backend
 * would take the counts of the one for those of the other. The first to have points of an instrument leaves them as they are; all others
 * say which box they are of. Boxes that have no exporters of metrics all write to the app's own SDK, which adds them up: they are one.
 */
export class BoxPoints implements PointMarks {
  readonly #exports: boolean;
  readonly #marks = new Map<string, Readonly<Record<string, number>> | undefined>();
  /** Claims of what the app's own SDK was given. */
  readonly #given = new Set<string>();
  readonly #marked = new Set<string>();
  #number: number | undefined;
  #ended = false;

  /** `exports`: whether the box exports metrics itself. */
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

  // Once told with a mark, or without, it stays so: another identity would begin beside the one that backends know.
  #markOf(claim: string, given: boolean): Readonly<Record<string, number>> | undefined {
    if (this.#marks.has(claim)) return this.#marks.get(claim);
    const first = this.#ended ? writers().first.get(claim) : firstOf(claim, this.number);
    // Who has ended takes nothing any more. Its last points may be those that the next box begins anew, but no SDK's, which go on.
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
   * The box has ended: the next one that has its instruments leaves points as they are, which begin anew, as after a restart. What the app's
   * SDK was given goes on there, and is the SDK's from now on.
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

  /** The instruments whose points it has marked. */
  get marked(): readonly string[] {
    return [...this.#marked];
  }
}
