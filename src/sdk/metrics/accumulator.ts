import type { Attributes } from '@opentelemetry/api';
import type { HistogramValue } from './point.js';

/** The aggregated measurements of a series. */
export interface Accumulator {
  record(value: number): void;
  /** The sum if `value` were added. Not finite if the accumulator can not hold it. */
  with(value: number): number;
  /** The sum if an accumulator with the given sum were merged. */
  before(sum: number): number;
  /** Merges another accumulator of the same kind, which holds later measurements. */
  merge(later: Accumulator): void;
  /** An independent copy. */
  copy(): Accumulator;
  value(): number | HistogramValue;
}

/** One series: its attributes, the time of its first measurement, and its accumulator. */
export interface Series {
  readonly key: string;
  readonly attributes: Attributes;
  /** Epoch milliseconds of the first measurement. */
  readonly start: number;
  readonly sum: Accumulator;
}

export class Sum implements Accumulator {
  #sum: number;
  constructor(sum = 0) {
    this.#sum = sum;
  }
  record(value: number): void {
    this.#sum += value;
  }
  with(value: number): number {
    return this.#sum + value;
  }
  before(sum: number): number {
    return this.#sum + sum;
  }
  merge(later: Sum): void {
    this.#sum += later.#sum;
  }
  copy(): Sum {
    return new Sum(this.#sum);
  }
  value(): number {
    return this.#sum;
  }
}

export class Last implements Accumulator {
  #last: number;
  constructor(last = 0) {
    this.#last = last;
  }
  record(value: number): void {
    this.#last = value;
  }
  with(value: number): number {
    return value;
  }
  before(sum: number): number {
    return sum;
  }
  merge(later: Last): void {
    this.#last = later.#last;
  }
  copy(): Last {
    return new Last(this.#last);
  }
  value(): number {
    return this.#last;
  }
}

export class Histogram implements Accumulator {
  readonly #boundaries: readonly number[];
  readonly #counts: number[];
  #sum = 0;
  #count = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = Number.NEGATIVE_INFINITY;

  constructor(boundaries: readonly number[]) {
    this.#boundaries = boundaries;
    this.#counts = new Array<number>(boundaries.length + 1).fill(0);
  }

  record(value: number): void {
    const bucket = this.#bucketOf(value);
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#sum += value;
    this.#count++;
    if (value < this.#min) this.#min = value;
    if (value > this.#max) this.#max = value;
  }

  with(value: number): number {
    // Beyond this number, adding one does not change a count.
    return this.#count < Number.MAX_SAFE_INTEGER ? this.#sum + value : Number.NaN;
  }

  before(sum: number): number {
    return this.#sum + sum;
  }

  // Upper bounds are inclusive.
  #bucketOf(value: number): number {
    let low = 0;
    let high = this.#boundaries.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (value > (this.#boundaries[middle] as number)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  merge(later: Histogram): void {
    for (const [i, n] of later.#counts.entries()) this.#counts[i] = (this.#counts[i] ?? 0) + n;
    this.#sum += later.#sum;
    this.#count += later.#count;
    this.#min = Math.min(this.#min, later.#min);
    this.#max = Math.max(this.#max, later.#max);
  }

  copy(): Histogram {
    const copy = new Histogram(this.#boundaries);
    copy.merge(this);
    return copy;
  }

  value(): HistogramValue {
    return {
      min: this.#min,
      max: this.#max,
      sum: this.#sum,
      count: this.#count,
      buckets: { boundaries: this.#boundaries, counts: [...this.#counts] },
    };
  }
}

/** The identity of a set of attributes, in any order. It contains lengths, so that no value can imitate another set. */
export function keyOf(attributes: Attributes): string {
  const names = Object.keys(attributes);
  // Labels of signals are sorted already.
  for (let i = 1; i < names.length; i++) {
    if ((names[i - 1] as string) > (names[i] as string)) {
      names.sort();
      break;
    }
  }
  let key = '';
  for (const name of names) {
    const value = attributes[name];
    if (typeof value === 'string') key += `${name.length}:${name}=${value.length}:${value}`;
    else
      key += `${name.length}:${name}#${typeof value === 'object' ? JSON.stringify(value) : String(value)};`;
  }
  return key;
}
