import type { LokiStream } from '../read/loki.js';
import type { Backends } from '../read/received.js';
import type { DocQuery, Fillings } from './doc-queries.js';
import { docQueries, fill, jaegerSearch, PAGES } from './doc-queries.js';
import { provisionedLinks, queryOfTrace } from './provisioned-links.js';

const HOUR_MILLIS = 3_600_000;

/** Runs every query of the documentation; gives a line for each that finds nothing. */
export async function runDocQueries(
  backends: Backends,
  fillings: Fillings,
  pages: readonly string[] = PAGES,
): Promise<string[]> {
  const problems: string[] = [];
  for (const query of pages.flatMap(docQueries)) {
    const found = await ask(backends, query, fill(query, fillings)).catch((error: unknown) => error);
    if (found instanceof Error) problems.push(`${query.where}: ${found.message}`);
    else if (found === 0) problems.push(`${query.where}: finds nothing: ${query.text}`);
  }
  return problems;
}

/** As {@link runDocQueries}, of the links between traces and records that Grafana's data sources are provided with. */
export async function runProvisionedLinks({ loki }: Backends, trace: string): Promise<string[]> {
  const { toRecords, traceLabels } = provisionedLinks();
  const each = toRecords.map(async (link): Promise<string[]> => {
    const query = queryOfTrace(link, trace);
    const found = await logql<LokiStream>(loki, query);
    if (found.length === 0) return [`a data source's link finds nothing: ${query}`];
    const others = traceLabels.filter((label) => found.some(({ stream }) => stream[label] !== trace));
    return others.map(
      (label) => `a data source's link takes ${label} for a trace, and a record has another there`,
    );
  });
  return (await Promise.all(each)).flat();
}

/** How much a query finds. */
async function ask(backends: Backends, { language }: DocQuery, text: string): Promise<number> {
  if (language === 'jaeger') {
    const { data } = await json<{ data: unknown[] }>(`${backends.jaeger}/api/traces?${jaegerSearch(text)}`);
    return data.length;
  }
  if (language === 'promql') {
    const search = new URLSearchParams({ query: text });
    const { data } = await json<{ data: { result: { value: [number, string] }[] } }>(
      `${backends.prometheus}/api/v1/query?${search}`,
    );
    return data.result.filter(({ value }) => value[1] !== 'NaN').length;
  }
  return (await logql(backends.loki, text)).length;
}

async function logql<T>(loki: string, query: string): Promise<readonly T[]> {
  const search = new URLSearchParams({
    query,
    start: String((Date.now() - HOUR_MILLIS) * 1e6),
    end: String((Date.now() + 1000) * 1e6),
    step: '60',
  });
  const { data } = await json<{ data: { result: T[] } }>(`${loki}/loki/api/v1/query_range?${search}`);
  return data.result;
}

async function json<T>(url: string): Promise<T> {
  const response = await fetch(url, { signal: AbortSignal.timeout(20_000) });
  if (!response.ok) throw new Error(`${response.status}: ${(await response.text()).slice(0, 300)}`);
  return (await response.json()) as T;
}
