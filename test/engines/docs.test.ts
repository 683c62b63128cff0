import { afterAll, beforeAll, expect, test } from 'vitest';
import { blocksOf } from '../docs/blocks.js';
import { runBlock } from '../docs/run-block.js';
import { RUNS } from '../docs/runs.js';
import type { Postgres } from './support/postgres.js';
import { startPostgres } from './support/postgres.js';

const runs = RUNS.filter(({ needs }) => needs);
let postgres: Postgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres?.stop());

test('docs - there are blocks that need a server', () => expect(runs).not.toEqual([]));

test.each(runs)('docs - the block runs: $name', async (run) => {
  const block = blocksOf('README.md').find(({ name }) => name === run.name);
  await runBlock(block, run, await postgres.database());
});
