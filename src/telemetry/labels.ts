import type { CompiledField, Schema } from '../emission/compiled-signal.js';
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
  return [...fields, ...constants].sort(byKey);
}

function byKey(a: Label, b: Label): number {
  return a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
}

/** Bound fields that are labels of all metrics of a signal. */
function boundLabels({ labels = [], fields }: Schema): readonly Label[] {
  return labels.map((index) => ({ key: (fields[index] as CompiledField).key, index, fixed: undefined }));
}

/**
 * Maximum number of label sets kept for one metric: as many as an SDK has series of an instrument. Further sets are made anew each
 * time.
 */
const KEPT = 2000;

/** One set of labels, and the values that it is made of. */
class Leaf {
  readonly values: readonly Clean[];
  readonly labels: Labels;

  constructor(values: readonly Clean[], labels: Labels) {
    this.values = values;
    this.labels = labels;
  }
}

/** Sets by the value of one label, and below it by the next. A single set is no map, because most values come with few others. */
type Branch = Map<Clean, Branch | Leaf>;

const kept = new WeakSet<object>();

/** Whether an object is a kept set of labels: it comes again for the same values, and never changes. */
export function isKept(labels: object): boolean {
  return kept.has(labels);
}

/** The labels of a metric: the same frozen object for the same values. */
export class LabelSets {
  readonly #labels: readonly Label[];
  /** The labels that differ from emit to emit. */
  readonly #fields: readonly Label[];
  readonly #texts: OwnTexts;
  #over: WeakMap<Schema, LabelSets> | undefined;
  #root: Branch | Leaf | undefined;
  #kept = 0;

  constructor(labels: readonly Label[], texts: OwnTexts) {
    this.#labels = labels;
    this.#fields = labels.filter(({ index }) => index >= 0);
    this.#texts = texts;
  }

  /** These labels together with the bound labels of a schema. */
  over(schema: Schema): LabelSets {
    this.#over ??= new WeakMap();
    let found = this.#over.get(schema);
    if (!found) {
      // Sorting keeps labels of one key in order: the metric's own label comes last, and wins.
      const all = [...boundLabels(schema), ...this.#labels].sort(byKey);
      found = new LabelSets(all, this.#texts);
      this.#over.set(schema, found);
    }
    return found;
  }

  of(clean: readonly Clean[]): Labels {
    const fields = this.#fields;
    let found = this.#root;
    let depth = 0;
    while (found instanceof Map) found = found.get(valueAt(fields, depth++, clean));
    if (found === undefined) return this.#add(clean);
    const { values } = found;
    for (; depth < fields.length; depth++)
      if (values[depth] !== valueAt(fields, depth, clean)) return this.#add(clean);
    return found.labels;
  }

  #add(clean: readonly Clean[]): Labels {
    const labels = labelsOf(this.#labels, clean, this.#texts);
    if (this.#kept === KEPT) return labels;
    kept.add(Object.freeze(labels));
    // Copies of the texts, because the set stays.
    const values = this.#fields.map(({ index }) => this.#own(clean[index]));
    this.#root = grown(this.#root, new Leaf(values, labels), 0);
    this.#kept++;
    return labels;
  }

  #own(value: Clean): Clean {
    return typeof value === 'string' ? this.#texts.own(value) : value;
  }
}

function valueAt(fields: readonly Label[], depth: number, clean: readonly Clean[]): Clean {
  return clean[(fields[depth] as Label).index];
}

/** The tree at a depth with one more set, which is not in it yet. */
function grown(there: Branch | Leaf | undefined, leaf: Leaf, depth: number): Branch | Leaf {
  if (there === undefined) return leaf;
  const branch: Branch = there instanceof Map ? there : new Map([[there.values[depth], there]]);
  const value = leaf.values[depth];
  branch.set(value, grown(branch.get(value), leaf, depth + 1));
  return branch;
}

// Copies of the texts, because the SDK keeps the labels of each series for good.
function labelsOf(given: readonly Label[], clean: readonly Clean[], texts: OwnTexts): Labels {
  const labels: Record<string, string | number | boolean> = {};
  for (const { key, index, fixed } of given) {
    const label = index < 0 ? fixed : clean[index];
    if (index < 0 || typeof label === 'boolean') labels[key] = label as boolean;
    else if (typeof label === 'string') labels[key] = texts.own(label);
  }
  return labels;
}
