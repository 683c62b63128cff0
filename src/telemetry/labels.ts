import type { Schema } from '../emission/schema.js';
import type { Clean } from '../emission/value.js';
import type { AnyMetric } from '../signal/metric.js';
import type { OwnTexts } from './own-texts.js';

/** The labels of one measurement. */
export type Labels = Record<string, string | number | boolean>;

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
  const constants = Object.entries(metric.labels ?? {}).map(
    ([key, fixed]): Label => ({ key, index: -1, fixed }),
  );
  return [...fields, ...constants].sort((a, b) => (a.key < b.key ? -1 : 1));
}

// The SDK keeps the labels of each series for good.
export function labelsOf(given: readonly Label[], clean: readonly Clean[], texts: OwnTexts): Labels {
  const labels: Labels = {};
  for (const { key, index, fixed } of given) {
    const label = index < 0 ? fixed : clean[index];
    if (index < 0 || typeof label === 'boolean') labels[key] = label as boolean;
    else if (typeof label === 'string') labels[key] = texts.own(label);
  }
  return labels;
}
