import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ReceivedSpan } from '../../support/otlp-model.js';
import type { Case } from './case.js';
import { byTime, isAttempt, isEnqueue } from './case.js';
import { compareLinks } from './compare-links.js';
import { compareWait } from './compare-wait.js';
import type { Driver } from './driver.js';
import { driverOf } from './drivers/index.js';
import type { Observed } from './release.js';
import type { Performance } from './stage.js';
import { perform } from './stage.js';

// While services are updated one by one, a job is put in by one release and run by another.

interface Cell {
  readonly title: string;
  readonly asks: Observed;
  readonly works: Observed;
  readonly relation: 'parent' | 'link';
  /** Whether enqueue spans are called by the job's type, and events say only what their spans do not. */
  readonly namesTypes: boolean;
  readonly isThin: boolean;
}

const CELLS: readonly Cell[] = [
  ...(['parent', 'link'] as const).flatMap((relation): Cell[] => [
    {
      title: `asked for by 0.1, run by this release (${relation})`,
      asks: { release: '0.1', options: { relation } },
      works: { options: { relation } },
      relation,
      namesTypes: false,
      isThin: true,
    },
    {
      title: `asked for by this release, run by 0.1 (${relation})`,
      asks: { options: { relation } },
      works: { release: '0.1', options: { relation } },
      relation,
      namesTypes: true,
      isThin: false,
    },
  ]),
  {
    title: "asked for by this release with compat '0.1', run by 0.1",
    asks: { options: { compat: '0.1' } },
    works: { release: '0.1' },
    relation: 'parent',
    namesTypes: false,
    isThin: false,
  },
  {
    title: "asked for by 0.1, run by this release with compat '0.1'",
    asks: { release: '0.1' },
    works: { options: { compat: '0.1' } },
    relation: 'parent',
    namesTypes: false,
    isThin: false,
  },
];

/** Two jobs, one of which fails once, run by a process of its own. */
async function run(driver: Driver, { asks, works }: Cell): Promise<Performance> {
  return perform(driver, {
    processes: true,
    observed: asks,
    run: async (stage) => {
      const worker = await stage.workElsewhere('completes', works);
      const ids = [await stage.ask({ maxAttempts: 2 }), await stage.ask({ maxAttempts: 2, falters: true })];
      for (const id of ids) await stage.ends(id, 'completed');
      await worker.stop();
    },
  });
}

/** The sentences about what does not hold together. */
function judge({ stage, recordings }: Performance, cell: Cell): readonly string[] {
  const { driver, ledger, world } = stage;
  const mismatches: string[] = [];
  const part: Case = {
    ledger,
    traits: driver.traits,
    queue: world.queue,
    recordings,
    wanted: { relation: cell.relation, linked: 'everywhere', tellsPrevious: cell.works.release !== '0.1' },
    options: {},
    spans: recordings.flatMap(({ received }) => received.spans),
    logs: recordings.flatMap(({ received }) => received.logs),
    claim: (holds, sentence) => {
      if (!holds) mismatches.push(sentence());
    },
  };
  for (const job of ledger.jobs.values()) {
    const own = part.spans.filter(({ attributes }) => attributes['job.id'] === job.id);
    const [enqueue, ...more] = own.filter(isEnqueue);
    const attempts = byTime(own.filter(isAttempt));
    const ran = ledger.attempts(job.id).length;
    part.claim(
      enqueue !== undefined && more.length === 0 && attempts.length === ran,
      () => `${job.id} has ${own.map(({ name }) => name)}, and it ran ${ran} times`,
    );
    const called = cell.namesTypes && driver.traits.types ? job.type : job.queue;
    part.claim(
      enqueue?.name === `enqueue ${called}`,
      () => `the enqueue span of ${job.id} is '${enqueue?.name}', not of ${called}`,
    );
    compareLinks(part, job, enqueue, attempts);
    compareWait(part, job, attempts);
    for (const span of attempts) compareThinness(part, cell, span);
  }
  return mismatches;
}

function compareThinness({ claim }: Case, { isThin }: Cell, { name, events }: ReceivedSpan): void {
  claim(
    events.length > 0 && events.every(({ attributes }) => (attributes['job.id'] === undefined) === isThin),
    () => `the events of '${name}' are ${isThin ? 'not ' : ''}thin: ${JSON.stringify(events)}`,
  );
}

describe.each(['bullmq', 'pg-boss', 'graphile-worker'] as const)('%s', (engine) => {
  let driver: Driver;
  beforeAll(async () => {
    driver = await driverOf(engine);
    await driver.start();
  });
  afterAll(() => driver?.stop());

  for (const cell of CELLS)
    test(`a job ${cell.title} - trace, links and waits are kept`, async () => {
      expect(judge(await run(driver, cell), cell)).toEqual([]);
    });
});
