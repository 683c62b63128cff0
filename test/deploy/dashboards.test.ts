import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { dashboardFiles, FOLDER } from '../../scripts/dashboards/index.js';
import type { PanelInFile } from '../e2e/dashboards/dashboard-file.js';
import { readDashboards } from '../e2e/dashboards/dashboard-file.js';
import { fillIn, panelQueries, tagsOf } from '../e2e/dashboards/panel-query.js';
import { labelValues, queryResult } from '../e2e/dashboards/variable.js';
import { yaml } from './files.js';
import { knownNames } from './known-names.js';
import { parsePromql } from './parse-query.js';

interface Provisioned {
  readonly datasources: readonly {
    readonly uid: string;
    readonly type: string;
    readonly jsonData: { readonly timeInterval?: string };
  }[];
}

const SOURCES = 'deploy/grafana/provisioning/datasources/datasources.yml';
const { datasources: provisioned } = yaml<Provisioned>(SOURCES);
const dashboards = readDashboards();
const queries = panelQueries(dashboards);
const known = await knownNames();
const BY_GRAFANA = ['__rate_interval', '__range'];

describe('dashboards', () => {
  test('dashboards - the files are what the code makes; `npm run dashboards` writes them', () => {
    const made = dashboardFiles();
    expect(readdirSync(FOLDER).sort()).toEqual([...made.keys()].sort());
    for (const [name, text] of made) expect(readFileSync(`${FOLDER}/${name}`, 'utf8'), name).toBe(text);
  });

  test('dashboards - each has a uid, a schema version, and panels with ids of their own', () => {
    expect(dashboards.map(({ title }) => title).sort()).toEqual([
      'Jobs overview',
      'One job type',
      'signalbox itself',
    ]);
    expect(new Set(dashboards.map(({ uid }) => uid)).size).toBe(dashboards.length);
    for (const { schemaVersion, panels } of dashboards) {
      expect(schemaVersion).toBeGreaterThan(30);
      expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    }
  });

  test('dashboards - no panel lies upon another or beside the page', () => {
    for (const { panels } of dashboards) {
      panels.forEach((one, i) => {
        expect(one.gridPos.x + one.gridPos.w, one.title).toBeLessThanOrEqual(24);
        for (const other of panels.slice(i + 1))
          expect(overlap(one.gridPos, other.gridPos), `${one.title}, ${other.title}`).toBe(false);
      });
    }
  });

  test('dashboards - every panel says what it shows, in which unit, with a legend', () => {
    for (const { panels } of dashboards) {
      for (const { type, title, description, fieldConfig, targets = [] } of panels) {
        if (type === 'row') continue;
        expect(description, title).toMatch(/\w{3}.*\.$/s);
        expect(targets.length, title).toBeGreaterThan(0);
        for (const { datasource, legendFormat } of targets) {
          if (datasource.type === 'prometheus') expect(fieldConfig?.defaults.unit, title).toBeTruthy();
          if (type === 'timeseries' || type === 'stat') expect(legendFormat, title).toBeTruthy();
        }
      }
    }
  });

  test('dashboards - every data source can be chosen, and is at first the one that is provisioned', () => {
    const uids = new Set(provisioned.map(({ type, uid }) => `${type} ${uid}`));
    for (const { title, panels, templating } of dashboards) {
      const variables = templating.list.filter(({ type }) => type === 'datasource');
      const typeOf = new Map(variables.map(({ name, query }) => [`$${name}`, query]));
      for (const { query, current } of variables) expect(uids).toContain(`${query} ${current?.value}`);
      for (const { datasource } of panels.flatMap(({ targets = [] }) => targets))
        expect(typeOf.get(datasource.uid), title).toBe(datasource.type);
      for (const { type, name, datasource } of templating.list)
        if (type === 'query') expect(typeOf.get(datasource?.uid ?? ''), name).toBe('prometheus');
      const asked = panels.flatMap(({ targets = [] }) => targets.map(({ datasource }) => datasource.uid));
      expect([...typeOf.keys()].sort(), title).toEqual([...new Set(asked)].sort());
    }
  });

  test('dashboards - a rate is over four exports of an app that says nothing of their interval', () => {
    const targets = dashboards.flatMap(({ panels }) => panels.flatMap((panel) => panel.targets ?? []));
    const intervals = targets.filter(({ datasource }) => datasource.type === 'prometheus');
    expect(new Set(intervals.map(({ interval }) => interval))).toEqual(new Set(['1m']));
    expect(provisioned.find(({ type }) => type === 'prometheus')?.jsonData.timeInterval).toBe('60s');
  });

  test('dashboards - what is chosen alone is no pattern, whatever is in its name', () => {
    for (const { title, templating } of dashboards) {
      // Nobody chooses these: they are patterns.
      const alone = templating.list.filter(
        ({ type, multi, name }) =>
          type !== 'datasource' && !multi && !['unrecorded', 'unsummed'].includes(name),
      );
      const definitions = templating.list.map(({ definition = '' }) => definition);
      const exprs = queries.filter(({ dashboard }) => dashboard === title).map((one) => JSON.stringify(one));
      for (const { name } of alone)
        for (const one of [...definitions, ...exprs])
          expect(one.replaceAll('\\', ''), name).not.toContain(`=~"$${name}"`);
    }
  });

  test('dashboards - jobs are chosen by environment, service, engine, queue and job type', () => {
    for (const { title, templating } of dashboards.filter((one) => one.title !== 'signalbox itself')) {
      const choices = templating.list.filter(({ type }) => type === 'query').slice(0, 5);
      expect(
        choices.map(({ name }) => name),
        title,
      ).toEqual(['environment', 'service', 'engine', 'queue', 'job_type']);
    }
  });

  test('dashboards - no query refers to a name that nobody sends', () => {
    for (const query of queries) {
      if (query.source === 'prometheus') expect(known.unknownInPromql(query.expr), query.where).toEqual([]);
      if (query.source === 'loki') expect(known.unknownInLogql(query.expr), query.where).toEqual([]);
    }
  });

  test('dashboards - no variable is asked of a name that nobody sends', () => {
    for (const { templating } of dashboards) {
      for (const { name, type, definition = '' } of templating.list) {
        if (type !== 'query') continue;
        const labels = labelValues(definition);
        const expr = labels ? `count by (${labels.label}) (${labels.selector})` : queryResult(definition);
        expect(known.unknownInPromql(expr ?? ''), name).toEqual([]);
        expect(expr, name).toBeDefined();
      }
    }
  });

  test('dashboards - a legend names labels that its query keeps', () => {
    for (const query of queries) {
      if (query.source !== 'prometheus') continue;
      const kept = parsePromql(query.expr).grouped;
      for (const [, label = ''] of query.legend.matchAll(/\{\{(\w+)\}\}/g))
        expect(kept, query.where).toContain(label);
    }
  });

  test('dashboards - a link names a dashboard, its variables, and labels that the lines have', () => {
    for (const { panels } of dashboards) {
      for (const panel of panels) {
        for (const { url } of panel.fieldConfig?.defaults.links ?? []) {
          const [, uid] = /^\/d\/([\w-]+)\?/.exec(url) ?? [];
          const target = dashboards.find((one) => one.uid === uid);
          const names = target?.templating.list.map(({ name }) => name);
          for (const [, name] of url.matchAll(/var-(\w+)=/g)) expect(names, panel.title).toContain(name);
          for (const [, name] of url.matchAll(/\$\{(\w+):queryparam\}/g))
            expect(names, panel.title).toContain(name);
          for (const [, label = ''] of url.matchAll(/__field\.labels\.(\w+)/g))
            expect(groupedIn(panel), panel.title).toContain(label);
        }
      }
    }
  });

  test('dashboards - every variable that a query has is one of its dashboard', () => {
    for (const { title, templating } of dashboards) {
      const names = [...templating.list.map(({ name }) => name), ...BY_GRAFANA];
      const values = Object.fromEntries(names.map((name) => [name, 'x']));
      for (const query of queries.filter(({ dashboard }) => dashboard === title)) {
        const open = query.source === 'jaeger' ? Object.values(query).join(' ') : query.expr;
        expect(() => fillIn(open, values), query.where).not.toThrow();
      }
      // Each narrows the next: none may wait for one that comes after it.
      templating.list.forEach(({ name, definition = '' }, i) => {
        const before = Object.fromEntries(names.slice(0, i).map((one) => [one, 'x']));
        expect(() => fillIn(definition, before), name).not.toThrow();
      });
    }
  });

  test('dashboards - jobs are told apart by engine from what other libraries measure', () => {
    for (const query of queries) {
      if (query.source !== 'prometheus') continue;
      for (const { metric = '', matchers } of parsePromql(query.expr).selectors)
        if (/^(?:messaging|traces|job|queue|worker)_/.test(metric))
          expect(
            matchers.map(({ label }) => label),
            query.where,
          ).toContain('messaging_system_name');
    }
  });

  test('dashboards - depths and ages are never added up over those who report them', () => {
    for (const query of queries)
      if (query.source === 'prometheus')
        expect(query.expr, query.where).not.toMatch(
          /(?:sum|avg|count)(?: by \([^)]*\))? ?\((?:queue_jobs|queue_oldest|queue_capacity)/,
        );
  });

  test('dashboards - a search of Jaeger has tags that spans have', () => {
    const tags = queries.flatMap((query) =>
      query.source === 'jaeger' ? Object.entries(tagsOf(query.tags)) : [],
    );
    expect(tags.length).toBeGreaterThan(0);
    for (const [key] of tags) expect(['messaging.destination.name', 'job.id', 'error']).toContain(key);
  });
});

function overlap(a: PanelInFile['gridPos'], b: PanelInFile['gridPos']): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

function groupedIn({ targets = [] }: PanelInFile): string[] {
  return targets.flatMap(({ expr }) => (expr === undefined ? [] : parsePromql(expr).grouped));
}
