import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { readmeSection } from '../../bench/report/readme.js';
import type { Result } from '../../bench/report/result.js';
import { loadRow, rowIds } from '../../bench/rows/all.js';
import type { Row } from '../../bench/rows/row.js';
import { replaceSection } from '../../bench/truth/report/section.js';

let rows: readonly Row[];

beforeAll(async () => {
  rows = await Promise.all(rowIds.map(loadRow));
  // Engines and peers come with them: on a busy machine that is more than the ten seconds of a hook.
}, 60_000);

describe('the rows of the benchmark', () => {
  test('loadRow() - gives each row under the id that the command takes', () => {
    expect(rows.map(({ id }) => id)).toEqual(rowIds);
  });

  test('rows - each takes its figures in one process, or is timed in several', () => {
    for (const { measure, timed } of rows) expect([measure, timed].filter(Boolean)).toHaveLength(1);
  });

  test('bounds - an aim is never below what must be reached', () => {
    for (const { must, aim, bound } of rows) {
      if (must === undefined || aim === undefined) continue;
      expect(bound === 'least' ? aim >= must : aim <= must).toBe(true);
    }
  });

  test('bench/gate.json - has a figure of each row whose bytes are counted, and of no other', () => {
    const kept = JSON.parse(readFileSync('bench/gate.json', 'utf8')) as Record<string, object>;
    const counted = rows.filter(({ allocated }) => allocated).map(({ id }) => id);
    expect(Object.keys(kept)).not.toEqual([]);
    for (const figures of Object.values(kept)) expect(Object.keys(figures)).toEqual(counted);
  });

  test('bench/README.md - its tables are those that the command makes of bench/figures.json', () => {
    const file = readFileSync('bench/README.md', 'utf8');
    const results = JSON.parse(readFileSync('bench/figures.json', 'utf8')) as Result[];
    expect(replaceSection(file, { name: 'rows', text: readmeSection(rows, results) })).toBe(file);
  });

  test('bench/README.md - names no row that there is not', () => {
    const file = readFileSync('bench/README.md', 'utf8');
    const named = [...file.matchAll(/npm run bench -- ([a-z][a-z0-9-]*)/g)].map(([, id]) => id);
    expect(named.length).toBeGreaterThan(0);
    for (const id of named) expect(rowIds).toContain(id);
  });
});
