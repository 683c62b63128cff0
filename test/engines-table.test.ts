import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ENGINES, SCENARIOS } from './engines/conformance/cells.js';
import { SETTINGS } from './engines/conformance/columns.js';
import { BEGIN, END, engineTable, settingsTable } from './engines/conformance/table.js';

describe("the README's table of engines", () => {
  test('it is the one that the conformance suite is run by', () => {
    expect(between(read('README.md'), BEGIN, END)).toBe(engineTable());
  });

  test('it has a row for each scenario and a cell for each engine', () => {
    expect(rowsOf(engineTable()).map((row) => row.split('|').length)).toEqual(
      SCENARIOS.map(() => ENGINES.length + 3),
    );
  });
});

describe('the tables of docs/engines.md', () => {
  const all = Object.entries(SETTINGS).filter(([, columns]) => columns.length > 0);

  test.each(all)(
    "the one of %s's settings is the one that the conformance suite is run by",
    (engine, columns) => {
      const page = read('docs/engines.md');
      expect(between(page, `<!-- ${engine}:begin -->`, `<!-- ${engine}:end -->`)).toBe(
        settingsTable(columns),
      );
    },
  );

  test.each(all)("the one of %s's settings has a row for each scenario", (_engine, columns) => {
    expect(rowsOf(settingsTable(columns))).toHaveLength(SCENARIOS.length);
  });
});

function read(file: string): string {
  return readFileSync(new URL(`../${file}`, import.meta.url), 'utf8');
}

function between(text: string, begin: string, end: string): string | undefined {
  return text.split(begin)[1]?.split(end)[0]?.trim();
}

function rowsOf(table: string): readonly string[] {
  return table.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| |'));
}
