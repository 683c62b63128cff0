import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ENGINES, SCENARIOS } from './engines/conformance/cells.js';
import { SETTINGS } from './engines/conformance/columns.js';
import { BEGIN, END, engineTable, settingsTable } from './engines/conformance/table.js';

describe('the table of docs/engines.md', () => {
  test('it is the one that the conformance suite is run by', () => {
    expect(between(read('docs/engines.md'), BEGIN, END)).toBe(engineTable());
  });

  test('it has a row for each scenario and a cell for each engine', () => {
    expect(rowsOf(engineTable()).map((row) => row.split('|').length)).toEqual(
      SCENARIOS.map(() => ENGINES.length + 3),
    );
  });
});

describe("the tables of the engines' pages", () => {
  const all = (['bullmq', 'pg-boss', 'graphile-worker'] as const).map(
    (engine) => [engine, SETTINGS[engine]] as const,
  );

  test.each(all)(
    'docs/%s.md - its table is the one that the conformance suite is run by',
    (engine, columns) => {
      const page = read(`docs/${engine}.md`);
      expect(between(page, `<!-- ${engine}:begin -->`, `<!-- ${engine}:end -->`)).toBe(
        settingsTable(engine, columns),
      );
    },
  );

  test.each(all)(
    'docs/%s.md - its table has a row for each scenario and a cell for each setting',
    (engine, columns) => {
      expect(rowsOf(settingsTable(engine, columns)).map((row) => row.split('|').length)).toEqual(
        SCENARIOS.map(() => columns.length + 4),
      );
    },
  );
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
