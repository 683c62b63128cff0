import type { Bound } from './flat.js';

const MIB = 2 ** 20;

/**
 * What may grow by how much an hour, at 200 jobs a second, which are 720,000: less than what would be there if something of each job stayed.
 * A reference alone has 8 bytes, which are 5.5 MiB; the smallest object in other memory has more than 48.
 */
const MEMORY: readonly Bound[] = [
  { name: 'heap', unit: 'MiB', perHour: 4 * MIB },
  { name: 'external', unit: 'MiB', perHour: 4 * MIB },
  // Pages that were given back stay with the process for a while.
  { name: 'rss', unit: 'MiB', perHour: 32 * MIB },
];

/** Counts: those of queues rise and fall with each batch, and resources with each job that runs; listeners stay as they are. */
const COUNTS: readonly { readonly names: RegExp; readonly perHour: number }[] = [
  // One of a thousand jobs.
  { names: /queue/, perHour: 720 },
  // One of twenty thousand: a timer for each job that runs, some fifty at once, makes wide intervals.
  { names: /^resources /, perHour: 36 },
];
const OF_OTHERS = 0.5;

/** A bound for each name that was sampled. */
export function boundsOf(samples: readonly { readonly values: Readonly<Record<string, number>> }[]): Bound[] {
  const names = new Set(samples.flatMap(({ values }) => Object.keys(values)));
  const counts = [...names].filter((name) => MEMORY.every((bound) => bound.name !== name)).sort();
  return [...MEMORY, ...counts.map((name) => ({ name, unit: '', perHour: perHourOf(name) }))];
}

function perHourOf(name: string): number {
  if (name.startsWith('listeners')) return OF_OTHERS;
  return COUNTS.find(({ names }) => names.test(name))?.perHour ?? OF_OTHERS;
}
