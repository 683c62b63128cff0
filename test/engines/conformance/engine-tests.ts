import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { EngineName, ScenarioName } from './cells.js';
import type { Column } from './columns.js';
import { COLUMNS, cellName, scenariosOf } from './columns.js';
import type { Driver } from './driver.js';
import { driverOf } from './drivers/index.js';
import { PLAYS } from './scenarios/index.js';
import { judge, perform } from './stage.js';

/** One test for each cell of an engine's column that can be. */
export async function testEngine(engine: EngineName): Promise<void> {
  const column = COLUMNS.find((one) => one.engine === engine);
  if (!column) throw new Error(`There is no column ${engine}.`);
  testColumn(column, await driverOf(engine));
}

/** One test for each cell of a column that can be. */
export function testColumn(column: Column, driver: Driver): void {
  describe(column.title, () => {
    beforeAll(() => driver.start());
    afterAll(() => driver.stop());
    for (const name of scenariosOf(column)) {
      const cell = cellName(column, name);
      test(cell, async () => expect(await mismatches(cell, driver, name)).toEqual([]));
    }
  });
}

/** What was told in a scenario and is not what happened, each under the cell's name. */
export async function mismatches(
  cell: string,
  driver: Driver,
  scenario: ScenarioName,
): Promise<readonly string[]> {
  const play = PLAYS[scenario];
  try {
    return judge(await perform(driver, play), play).map((sentence) => `${cell}: ${sentence}`);
  } catch (error) {
    throw new Error(`${cell}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}
