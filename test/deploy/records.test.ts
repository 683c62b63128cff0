import { describe, expect, test } from 'vitest';
import { panelQueries } from '../e2e/dashboards/panel-query.js';
import { readRecords } from '../e2e/dashboards/record.js';
import { filesUnder, text, yaml } from './files.js';
import { knownNames } from './known-names.js';

interface RuleTests {
  readonly tests: readonly {
    readonly promql_expr_test: readonly {
      readonly expr: string;
      readonly exp_samples: readonly { readonly labels: string; readonly value: number }[];
    }[];
  }[];
}

const records = readRecords();
const known = await knownNames();
const asked = panelQueries().flatMap((query) => (query.source === 'prometheus' ? [query] : []));
/** A record in a panel, with the labels of its selector. */
const RECORD = /(job_type:[\w:]+)\{([^}]*)\}/g;
/** What is asked instead where there is none. */
const INSTEAD =
  /histogram_quantile\(0\.95, sum by \([^)]*\) \(rate\(\w+\{[^}]*unrecorded"\}\[\$__rate_interval\]\)\)\)|(?:sum|max) by \([^)]*\) \((?:rate\(\w+\{[^}]*unrecorded"\}\[\$__rate_interval\]\)|\w+\{[^}]*unrecorded"\})\)/g;
const pairs = asked.flatMap(({ where, expr }) => {
  const instead = [...expr.matchAll(INSTEAD)].map(([text]) => text);
  return [...expr.matchAll(RECORD)].map(([, record = '', labels = ''], i) => ({
    ...{ where, record, labels },
    instead: instead[i] ?? '',
  }));
});

/** An expression without what is chosen of it. */
function bare(expr: string): string {
  return expr
    .replaceAll(/\{[^}]*\}/g, '')
    .replaceAll('$__rate_interval', '4m')
    .replaceAll(/\s+/g, '');
}

describe('recording rules', () => {
  test('records - no expression refers to a name that nobody sends', () => {
    expect(records.length).toBeGreaterThan(5);
    for (const { record, expr } of records) expect(known.unknownInPromql(expr), record).toEqual([]);
  });

  test('records - each is asked by a panel, and none is that does not exist', () => {
    expect([...new Set(pairs.map(({ record }) => record))].sort()).toEqual(
      records
        .map(({ record }) => record)
        .filter((record) => record.startsWith('job_type:'))
        .sort(),
    );
    for (const { record } of records)
      expect(
        asked.some(({ expr }) => expr.includes(record)),
        record,
      ).toBe(true);
    const named = asked.flatMap(({ expr }) => expr.match(/job_type:[\w:]+/g) ?? []);
    expect(named.length).toBe(pairs.length);
  });

  test('records - where there is none, a panel asks what the rule records, of the same jobs', () => {
    for (const { where, record, labels, instead } of pairs) {
      const rule = records.find((one) => one.record === record);
      expect(bare(instead), where).toBe(bare(rule?.expr ?? ''));
      const selectors = [...instead.matchAll(/\{([^}]*)\}/g)].map(([, selector]) => selector);
      expect(selectors, where).toEqual([`${labels},messaging_system_name=~"$unrecorded"`]);
    }
  });

  test('records - promtool sees each equal its expression, with a value that is not nothing', () => {
    const file = 'test/deploy/rules/signalbox-job-types.test.yml';
    expect(filesUnder('test/deploy/rules')).toContain(file);
    const looks = yaml<RuleTests>(file).tests.flatMap(({ promql_expr_test: all }) => all);
    for (const { record, expr } of records) {
      const [own, plain] = [
        looks.find((one) => one.expr === record),
        looks.find((one) => bare(one.expr) === bare(expr)),
      ];
      const samples = own?.exp_samples.map(({ labels, value }) => ({
        labels: labels.replace(record, ''),
        value,
      }));
      expect(samples?.length, record).toBeGreaterThan(0);
      for (const { value } of samples ?? []) expect(value, record).toBeGreaterThan(0);
      expect(samples, record).toEqual(plain?.exp_samples);
    }
  });

  test('records - what is added up of all types is asked as the series are, and these where it is not there', () => {
    const { expr = '' } = asked.find(({ where }) => where === 'Jobs overview / Bad ends / A') ?? {};
    const [, good = ''] = / \/ \(sum\((.*)\) > 0\)$/.exec(expr) ?? [];
    const [summed, plain] = [
      /(.*?) or \(last_over_time\(job_/.exec(good)?.[1],
      / or (\(last_over_time\(job_.*)/.exec(good)?.[1],
    ];
    expect(plain?.replaceAll(',messaging_system_name=~"$unsummed"', '')).toBe(
      summed?.replaceAll('queue:job_ended_total:sum', 'job_ended_total'),
    );
    expect(plain).toContain('$unsummed');
  });

  test('records - Prometheus loads their file', () => {
    expect(text('deploy/prometheus/prometheus.yml')).toContain('- rules/*.yml');
  });
});
