import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ENGINES, SCENARIOS } from './engines/conformance/cells.js';
import { BEGIN, END, engineTable } from './engines/conformance/table.js';

describe("the README's table of engines", () => {
  test('it is the one that the conformance suite is run by', () => {
    const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
    const [, table] = readme.split(BEGIN);
    expect(table?.split(END)[0]?.trim()).toBe(engineTable());
  });

  test('it has a row for each scenario and a cell for each engine', () => {
    const rows = engineTable()
      .split('\n')
      .filter((line) => line.startsWith('| ') && !line.startsWith('| |'));
    expect(rows).toHaveLength(SCENARIOS.length);
    for (const row of rows) expect(row.split('|')).toHaveLength(ENGINES.length + 3);
  });
});
