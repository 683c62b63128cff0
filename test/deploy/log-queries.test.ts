import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { linksInto } from '../../examples/job-queue/links.js';
import { panelQueries } from '../e2e/dashboards/panel-query.js';
import { docQueries, PAGES, SAMPLING_PAGES } from '../e2e/docs/doc-queries.js';
import { provisionedLinks } from '../e2e/docs/provisioned-links.js';
import { parseLogql } from '../e2e/logql/parse.js';
import { filesUnder, text } from './files.js';
import { knownNames } from './known-names.js';

const known = await knownNames();

/** Every query of LogQL that a user is given, by where. */
async function logqlQueries(): Promise<[string, string][]> {
  const panels = panelQueries().flatMap((query): [string, string][] =>
    query.source === 'loki' ? [[query.where, query.expr]] : [],
  );
  const pages = PAGES.flatMap(docQueries).flatMap(({ where, language, text: query }): [string, string][] =>
    language === 'logql' ? [[where, query]] : [],
  );
  const links = provisionedLinks().toRecords.map((query): [string, string] => ["Grafana's link", query]);
  return [...panels, ...pages, ...links, ['the link that the example prints', await printedQuery()]];
}

async function printedQuery(): Promise<string> {
  const server = createServer((_, response) => response.end()).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const nobody = 'http://127.0.0.1:1';
  const lines = await linksInto(
    { service: 'job-queue', retried: undefined, abandoned: undefined },
    { LOKI_URL: url, JAEGER_URL: nobody, GRAFANA_URL: nobody, PROMETHEUS_URL: nobody },
  );
  server.close();
  return new URL(lines[0]?.slice(lines[0].indexOf('http')) ?? '').searchParams.get('query') ?? '';
}

const queries = await logqlQueries();

describe('queries of log records', () => {
  test('queries - there are some of panels, pages and links', () => {
    expect(queries.length).toBeGreaterThan(10);
  });

  test.each(queries)(
    '%s - is LogQL, of parts that are evaluated, by names and events that are sent',
    (_, query) => {
      expect(() => parseLogql(query)).not.toThrow();
      expect(known.unknownInLogql(query)).toEqual([]);
    },
  );

  test('queries - no page has queries that are not run', () => {
    const pages = [...filesUnder('docs'), 'README.md'].filter((path) => path.endsWith('.md'));
    const asking = pages.filter((path) => /^```(logql|promql|jaeger)$/m.test(text(path)));
    expect(asking.sort()).toEqual([...PAGES, ...SAMPLING_PAGES].sort());
  });

  test('queries - a record leads to its trace by the label that has its id', () => {
    expect(provisionedLinks().traceLabels).toEqual(['trace_id']);
  });
});
