import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { EngineName, ScenarioName } from './cells.js';
import { cellsOf, SCENARIOS } from './cells.js';
import { driverOf } from './drivers/index.js';
import { PLAYS } from './scenarios/index.js';
import { judge, perform } from './stage.js';

/** One test for each cell of an engine's column that can be. */
export async function testEngine(engine: EngineName): Promise<void> {
  const driver = await driverOf(engine);
  describe(engine, () => {
    beforeAll(() => driver.start());
    afterAll(() => driver.stop());
    for (const name of SCENARIOS.map((scenario): ScenarioName => scenario.name)) {
      if (cellsOf(name).cannot?.[engine] !== undefined) continue;
      test(`${engine} - ${name}`, async () => {
        const scenario = PLAYS[name];
        expect(judge(await perform(driver, scenario), scenario)).toEqual([]);
      });
    }
  });
}
