import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ScenarioName } from './cells.js';
import type { Column } from './column.js';
import { cellName, formOf, scenariosOf } from './column.js';
import { COLUMNS } from './columns.js';
import type { Driver } from './driver.js';
import { driverOf } from './drivers/index.js';
import { PLAYS } from './scenarios/index.js';
import type { Form } from './setting.js';
import { judge, perform } from './stage.js';

/** One test for each cell that can be of the column of that title. Default: on the driver of its engine and release. */
export async function testColumn(title: string, driver?: Driver): Promise<void> {
  const column = COLUMNS.find((one) => one.title === title);
  if (!column) throw new Error(`There is no column ${title}.`);
  testCells(column, driver ?? (await driverOf(column.engine, column.line)));
}

/** One test for each cell of a column that can be. */
export function testCells(column: Column, driver: Driver): void {
  describe(column.title, () => {
    beforeAll(() => driver.start());
    afterAll(() => driver.stop());
    for (const name of scenariosOf(column)) {
      const cell = cellName(column, name);
      test(cell, async () => expect(await mismatches(cell, driver, name, formOf(column, name))).toEqual([]));
    }
  });
}

/** What was told in a scenario and is not what happened, each under the cell's name. */
export async function mismatches(
  cell: string,
  driver: Driver,
  scenario: ScenarioName,
  form: Form = 'wrapper',
): Promise<readonly string[]> {
  const play = { ...PLAYS[scenario], form };
  try {
    return judge(await perform(driver, play), play).map((sentence) => `${cell}: ${sentence}`);
  } catch (error) {
    throw new Error(`${cell}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}
