import type { Schema } from '../emission/schema.js';
import type { Clean } from '../emission/value.js';
import type { AnyMetric } from '../signal/metric.js';
import { constantLabelsOf } from '../signal/metric.js';
import type { OwnTexts } from './own-texts.js';

/** The labels of one measurement. */
export type Labels = Readonly<Record<string, string | number | boolean>>;

/** Where a label's value comes from. */
export interface Label {
  readonly key: string;
  readonly index: number;
  readonly fixed: string | number | boolean | undefined;
}

/** The labels of a metric, sorted by key. */
export function labelsFor(metric: AnyMetric, schema: Schema): readonly Label[] {
  const fields = (metric.by ?? []).map((name): Label => {
    const index = schema.indexes.get(name) ?? -1;
    return { key: schema.fields[index]?.key ?? name, index, fixed: undefined };
  });
  const constants = Object.entries(constantLabelsOf(metric)).map(
    ([key, fixed]): Label => ({ key, index: -1, fixed }),
  );
  return [...fields, ...constants].sort((a, b) => (a.key < b.key ? -1 : 1));
}

/** Sets of labels that are kept of one metric at most: as many as an SDK has series of an instrument. Others are made anew each time. */
const KEPT = 2000;

/** A label's value, and what follows from it. */
type Step = Map<Clean, Step | Labels>;

const kept = new WeakSet<object>();

/** Whether it is a set of labels that comes again for the same values, and never changes. */
export function isKept(labels: object): boolean {
  return kept.has(labels);
}

/** The labels of a metric: the same frozen object for the same values. */
export class LabelSets {
  readonly #labels: readonly Label[];
  /** Those that differ from emit to emit. */
  readonly #fields: readonly Label[];
  readonly #texts: OwnTexts;
  #root: Step | Labels | undefined;
  #kept = 0;

  constructor(labels: readonly Label[], texts: OwnTexts) {
    this.#labels = labels;
    this.#fields = labels.filter(({ index }) => index >= 0);
    this.#texts = texts;
  }

  of(clean: readonly Clean[]): Labels {
    let found = this.#root;
    for (const { index } of this.#fields) found = (found as Step | undefined)?.get(clean[index]);
    return (found as Labels | undefined) ?? this.#add(clean);
  }

  #add(clean: readonly Clean[]): Labels {
    const labels = labelsOf(this.#labels, clean, this.#texts);
    if (this.#kept === KEPT) return labels;
    kept.add(Object.freeze(labels));
    const last = this.#fields.at(-1);
    if (last === undefined) this.#root = labels;
    else this.#stepsTo(clean, last).set(this.#own(clean[last.index]), labels);
    this.#kept++;
    return labels;
  }

  #stepsTo(clean: readonly Clean[], last: Label): Step {
    this.#root ??= new Map();
    let step = this.#root as Step;
    for (const field of this.#fields) {
      if (field === last) break;
      const value = clean[field.index];
      let next = step.get(value) as Step | undefined;
      if (!next) {
        next = new Map();
        step.set(this.#own(value), next);
      }
      step = next;
    }
    return step;
  }

  // Its own text, for it stays.
  #own(value: Clean): Clean {
    return typeof value === 'string' ? this.#texts.own(value) : value;
  }
}

// The SDK keeps the labels of each series for good.
function labelsOf(given: readonly Label[], clean: readonly Clean[], texts: OwnTexts): Labels {
  const labels: Record<string, string | number | boolean> = {};
  for (const { key, index, fixed } of given) {
    const label = index < 0 ? fixed : clean[index];
    if (index < 0 || typeof label === 'boolean') labels[key] = label as boolean;
    else if (typeof label === 'string') labels[key] = texts.own(label);
  }
  return labels;
}
