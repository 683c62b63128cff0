import type { PointMarks } from '../delivery/destination.js';

/** The attribute of points that tells boxes of one process apart. */
export const BOX = 'signalbox.box';

const WRITERS = Symbol.for('signalbox.writers.1');

/** Instruments whose first writer is kept at most. Of further ones all points are marked. */
const KEPT = 10_000;

/** Who writes points in this process, whichever copy of the package it comes from. */
interface Writers {
  /** How many there were. No number comes twice. */
  count: number;
  /** What the app's own SDK is, which adds up all the boxes that write to it. */
  otel: number | undefined;
  /** By instrument, and by its overflow series: whose points are unmarked. */
  readonly first: Map<string, number>;
}

function writers(): Writers {
  const holder = globalThis as { [WRITERS]?: Writers };
  holder[WRITERS] ??= { count: 0, otel: undefined, first: new Map() };
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

/** The number of the first writer of a series, which is this one where there was none. */
function firstOf(series: string, number: number): number | undefined {
  const { first } = writers();
  const found = first.get(series);
  if (found !== undefined || first.size >= KEPT) return found;
  first.set(series, number);
  return number;
}

/** No instrument's name has it. */
const OVERFLOW = ' overflow';

/**
 * Marks the points of a box where other boxes of the process have the same instrument, so that no two leave under one identity: a backend
 * would take the counts of the one for those of the other. The first to have points of an instrument leaves them as they are; all others
 * say which box they are of. Boxes that have no exporters of metrics all write to the app's own SDK, which adds them up: they are one.
 */
export class BoxPoints implements PointMarks {
  readonly #exports: boolean;
  readonly #marks = new Map<string, Readonly<Record<string, number>> | undefined>();
  #number: number | undefined;

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

  first(instrument: string): number | undefined {
    return writers().first.get(instrument);
  }

  mark(instrument: string, overflow = false): Readonly<Record<string, number>> | undefined {
    const series = overflow ? instrument + OVERFLOW : instrument;
    if (this.#marks.has(series)) return this.#marks.get(series);
    const mark = firstOf(series, this.number) === this.number ? undefined : { [BOX]: this.number };
    this.#marks.set(series, mark);
    // An SDK's overflow series has no labels: it can not be marked later.
    if (!this.#exports && !overflow) firstOf(instrument + OVERFLOW, this.number);
    return mark;
  }

  /**
   * The box has ended: the next one that has its instruments leaves points as they are, which begin anew, as after a restart. What the app's
   * SDK was given goes on there.
   */
  end(): void {
    if (!this.#exports) return;
    const { first } = writers();
    for (const [series, number] of first) if (number === this.#number) first.delete(series);
  }

  /** The instruments whose points it has marked. */
  get marked(): readonly string[] {
    return [...this.#marks].flatMap(([series, mark]) => (mark && !series.endsWith(OVERFLOW) ? [series] : []));
  }
}
