import { afterAll, beforeAll, expect, test } from 'vitest';
import { blocksOf } from '../docs/blocks.js';
import { runBlock } from '../docs/run-block.js';
import { RUNS } from '../docs/runs.js';
import type { Postgres } from './support/postgres.js';
import { startPostgres } from './support/postgres.js';
import type { Redis } from './support/redis.js';
import { startRedis } from './support/redis.js';

const runs = RUNS.filter(({ needs }) => needs);
let postgres: Postgres;
let redis: Redis;
beforeAll(async () => {
  [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
});
afterAll(() => Promise.all([postgres?.stop(), redis?.stop()]));

test('docs - there are blocks that need a server', () => expect(runs).not.toEqual([]));

test.each(runs)('docs - the block runs: $name', async (run) => {
  const [page = ''] = run.name.split(': ');
  const block = blocksOf(page).find(({ name }) => name === run.name);
  await runBlock(block, run, run.needs?.server === 'redis' ? redis.url : await postgres.database());
});
