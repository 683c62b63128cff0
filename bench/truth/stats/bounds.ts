import type { Bound } from './flat.js';

const MIB = 2 ** 20;

/** What may grow by how much an hour: memory by what is no leak in a month's life, all else by less than one. */
const MEMORY: readonly Bound[] = [
  { name: 'heap', unit: 'MiB', perHour: MIB },
  { name: 'external', unit: 'MiB', perHour: MIB },
  // Pages that were given back stay with the process for a while, and fragments do for good.
  { name: 'rss', unit: 'MiB', perHour: 16 * MIB },
];

/** A bound for each name that was sampled. */
export function boundsOf(samples: readonly { readonly values: Readonly<Record<string, number>> }[]): Bound[] {
  const names = new Set(samples.flatMap(({ values }) => Object.keys(values)));
  const counts = [...names].filter((name) => MEMORY.every((bound) => bound.name !== name)).sort();
  return [...MEMORY, ...counts.map((name) => ({ name, unit: '', perHour: 0.5 }))];
}
