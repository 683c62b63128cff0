import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ScenarioName } from '../conformance/cells.js';
import type { Driver } from '../conformance/driver.js';
import { bullmqOn } from '../conformance/drivers/bullmq.js';
import { graphileWorkerWith } from '../conformance/drivers/graphile-worker.js';
import { pgBossWith } from '../conformance/drivers/pg-boss.js';
import { mismatches } from '../conformance/engine-tests.js';
import { startRedis } from '../support/redis.js';
import { PAIRS } from './double.js';
import { DoubledHands } from './doubled-hands.js';

// Tests of apps put spies and stubs on objects that are observed, and observe objects that have some already. Whichever they are: the same is
// told, spies see the app's own calls, and the app gets what the engine gave.

// What changes jobs by hand there waits for the answer to a question before it: of a pool's answers nobody knows the order.
const hands = new DoubledHands([
  'utils.completeJobs',
  'utils.permanentlyFailJobs',
  'utils.rescheduleJobs',
  'utils.forceUnlockWorkers',
  'boss.resume',
  'boss.retry',
]);

/** The quick ones, in which something is called on an observed object. */
const BULLMQ: readonly ScenarioName[] = [
  'success',
  'manual retry',
  'bulk',
  'cancelled waiting',
  'duplicate',
  'enqueue inside a job',
  'retry then success',
  'cancelled running',
  'forced close',
  'rate limited',
  'shutdown while active',
  'exhausted',
];

const PG_BOSS: readonly ScenarioName[] = [
  'duplicate',
  'cancelled waiting',
  'bulk',
  'cancelled running',
  'manual retry',
  'enqueue inside a job',
  'shutdown while active',
];

const GRAPHILE_WORKER: readonly ScenarioName[] = [
  'success',
  'manual retry',
  'bulk',
  'cancelled waiting',
  'duplicate',
  'enqueue inside a job',
  'forced close',
  'shutdown while active',
  'priority',
];

const ENGINES: readonly { readonly driver: Driver; readonly scenarios: readonly ScenarioName[] }[] = [
  {
    driver: bullmqOn(
      async () => {
        const { url, stop } = await startRedis();
        return { address: url, stop };
      },
      { hands },
    ),
    scenarios: BULLMQ,
  },
  { driver: pgBossWith(hands), scenarios: PG_BOSS },
  { driver: graphileWorkerWith(hands), scenarios: GRAPHILE_WORKER },
];

for (const { driver, scenarios } of ENGINES) {
  describe(`doubles on what is observed of ${driver.engine}`, () => {
    beforeAll(() => driver.start());
    afterAll(() => driver.stop());

    // Each pair once, and each scenario at least once, with another pair each time.
    for (const [i, pair] of PAIRS.entries()) {
      const scenario = scenarios[i % scenarios.length] as ScenarioName;
      const cell = `${driver.engine} - ${scenario} - ${pair.beneath} beneath, ${pair.over} over`;
      test(cell, async () => {
        hands.pair = pair;
        const found: string[] = [];
        let calls = 0;
        try {
          found.push(...(await mismatches(cell, driver, scenario)));
        } finally {
          calls = hands.calls;
          found.push(...(await hands.verdict()).map((sentence) => `${cell}: ${sentence}`));
        }
        expect(found).toEqual([]);
        expect(calls).toBeGreaterThan(0);
      });
    }
  });
}
