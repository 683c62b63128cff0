import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { dashboardFiles, FOLDER } from '../../scripts/dashboards/index.js';
import { fillIn, panelQueries, readDashboards, variables } from '../e2e/dashboards/panel-query.js';
import { isUnknown, namesIn } from './query-names.js';

interface Box {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: Box;
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string } };
  readonly targets?: readonly {
    readonly datasource: { readonly uid: string };
    readonly legendFormat?: string;
  }[];
}

interface Whole {
  readonly uid: string;
  readonly title: string;
  readonly schemaVersion: number;
  readonly panels: readonly Panel[];
}

const dashboards = readDashboards() as unknown as Whole[];

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

  test('dashboards - every panel says what it shows, in which unit, of which data source', () => {
    for (const { panels } of dashboards) {
      for (const { type, title, description, fieldConfig, targets = [] } of panels) {
        if (type === 'row') continue;
        expect(description, title).toMatch(/\w{3}.*\.$/s);
        if (type !== 'logs') expect(fieldConfig?.defaults.unit, title).toBeTruthy();
        expect(targets.length, title).toBeGreaterThan(0);
        for (const { datasource, legendFormat } of targets) {
          expect(['prometheus', 'loki']).toContain(datasource.uid);
          if (type === 'timeseries') expect(legendFormat, title).toBeTruthy();
        }
      }
    }
  });

  test('dashboards - no query refers to a name that nobody sends', () => {
    for (const { where, expr } of panelQueries())
      expect(
        namesIn(expr).filter((name) => isUnknown(name)),
        where,
      ).toEqual([]);
    for (const { where, query } of variables()) {
      const [, selector = '', label = ''] = /^label_values\((.+), (\w+)\)$/.exec(query) ?? [];
      expect(
        [...namesIn(selector), label].filter((name) => isUnknown(name)),
        where,
      ).toEqual([]);
    }
  });

  test('dashboards - every variable that a query has is one of its dashboard', () => {
    const values = Object.fromEntries(variables().map(({ name }) => [name, 'x']));
    for (const { expr } of panelQueries())
      expect(() => fillIn(expr, { ...values, __rate_interval: '1m', __range: '1h' })).not.toThrow();
  });

  test('dashboards - depths and ages are never added up over those who report them', () => {
    for (const { where, expr } of panelQueries())
      expect(expr, where).not.toMatch(/sum(?: by \([^)]*\))? \((?:queue_jobs|queue_oldest|queue_capacity)/);
  });
});

function overlap(a: Box, b: Box): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}
