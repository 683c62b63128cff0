import { makeWorkerUtils } from 'graphile-worker';
import { Pool } from 'pg';
import { createSignalbox } from 'signalbox';
import { graphileJobs } from 'signalbox/graphile-worker';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { recordDiag, resetOtel, startOtel } from '../../support/otel.js';
import type { Postgres } from '../support/postgres.js';
import { startPostgres } from '../support/postgres.js';

let postgres: Postgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres?.stop());
afterEach(resetOtel);

test('a monitor stops when its pool, or the utils that it asks, were closed, and nothing is told or lost', async () => {
  const otel = startOtel();
  const connectionString = await postgres.database();
  const box = createSignalbox();
  const jobs = graphileJobs(box);
  const utils = await makeWorkerUtils({ connectionString });
  await utils.migrate();
  const pool = new Pool({ connectionString });
  const monitors = [jobs.monitor(pool, 'mail'), jobs.monitor(utils, 'bill')];
  for (const monitor of monitors) await monitor.check();
  expect(otel.logs('queue.health_check')).toHaveLength(2);
  const told = recordDiag();
  await pool.end();
  await utils.release();
  await otel.metrics();
  for (const monitor of monitors) await monitor.check();
  expect(otel.logs('queue.health_check')).toHaveLength(2);
  expect(told).toEqual([]);
  expect(await box.shutdown()).toEqual({ complete: true, undelivered: {} });
});
