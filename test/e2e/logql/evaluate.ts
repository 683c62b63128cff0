import type { Entry } from './entry.js';
import type { Expression, LogQuery, MetricQuery } from './expression.js';
import { comparisonsIn, groupsIn, recordsIn } from './expression.js';
import { fits, labelOf } from './filter.js';

/** One series at one moment. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** The records that a query finds. */
export function findRecords(query: LogQuery, entries: readonly Entry[]): Entry[] {
  return entries.filter((entry) => fits(query, entry));
}

/** What a query of numbers is at one moment, in epoch nanoseconds. `found` are the records that its inner query finds. */
export function numbersAt(query: MetricQuery, found: readonly Entry[], at: bigint): Sample[] {
  if (query.kind === 'count_over_time') {
    const from = at - BigInt(query.rangeMillis) * 1_000_000n;
    const counted = found.filter(({ time }) => from < time && time <= at);
    return summed(counted.map((entry) => ({ labels: { ...entry.stream, ...entry.metadata }, value: 1 })));
  }
  const inner = numbersAt(query.of, found, at);
  return summed(
    inner.map(({ labels, value }) => ({
      labels: Object.fromEntries(Object.entries(labels).filter(([label]) => query.by.includes(label))),
      value,
    })),
  );
}

/** What a query of any kind finds of records, and what it names that no record has. */
export interface Found {
  readonly found: readonly Entry[];
  /** A sentence each. */
  readonly unknown: readonly string[];
}

/**
 * The records that a query is about. Loki takes a label that no record has for an empty one: `!=` would find everything by it, and `by`
 * tell nothing apart. Here a query that names such a label finds nothing.
 */
export function search(expression: Expression, entries: readonly Entry[]): Found {
  const query = recordsIn(expression);
  const chosen = findRecords({ ...query, stages: [] }, entries);
  const found = findRecords(query, chosen);
  const compared = comparisonsIn(query).map(({ label }) => label);
  const unknown = [
    ...lacking(chosen, compared).map((label) => `no record has ${label}, which the pipe compares`),
    ...(found.length === 0 ? [] : lacking(found, groupsIn(expression))).map(
      (label) => `no record has ${label}, which is grouped by`,
    ),
  ];
  return { found: unknown.length === 0 ? found : [], unknown };
}

function lacking(entries: readonly Entry[], labels: readonly string[]): string[] {
  return [...new Set(labels)].filter(
    (label) => !entries.some((entry) => labelOf(entry, label) !== undefined),
  );
}

function summed(samples: readonly Sample[]): Sample[] {
  const sums = new Map<string, Sample>();
  for (const { labels, value } of samples) {
    const key = JSON.stringify(Object.entries(labels).sort());
    sums.set(key, { labels, value: (sums.get(key)?.value ?? 0) + value });
  }
  return [...sums.values()];
}
