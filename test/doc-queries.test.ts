import { describe, expect, test } from 'vitest';
import { docQueries, fill, jaegerSearch, PAGES, SAMPLING_PAGES } from './e2e/docs/doc-queries.js';

const queries = PAGES.flatMap(docQueries);
const fillings = { 'retried job': 'job_1_3', 'trace id of the retried job': 'c0ffee' };

describe('queries of the documentation', () => {
  test('docs - there are queries for each of the three backends', () => {
    for (const language of ['promql', 'logql', 'jaeger'] as const) {
      expect(queries.filter((query) => query.language === language).length).toBeGreaterThan(4);
    }
  });

  test('docs - the page on sampling has queries of its own, for where there is tail sampling', () => {
    expect(SAMPLING_PAGES.flatMap(docQueries).length).toBeGreaterThan(4);
  });

  test('docs - what a query leaves open is known', () => {
    for (const query of [...queries, ...SAMPLING_PAGES.flatMap(docQueries)])
      expect(fill(query, fillings)).not.toMatch(/<[a-z]/);
  });

  test('docs - a query that leaves something unknown open is told with its place', () => {
    const query = { where: 'a.md:1', language: 'logql', text: '{a="<b>"}' } as const;
    expect(() => fill(query, {})).toThrow('a.md:1: nothing is known for <b>');
  });

  test('docs - each search in Jaeger is one that its form has fields for', () => {
    for (const { language, text } of queries)
      if (language === 'jaeger') expect(jaegerSearch(text).get('service')).toBe('job-queue');
  });
});
