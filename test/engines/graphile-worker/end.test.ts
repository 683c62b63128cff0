import { makeWorkerUtils, runOnce } from 'graphile-worker';
import pg from 'pg';
import { createSignalbox } from 'signalbox';
import { graphileJobs } from 'signalbox/graphile-worker';
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { recordDiag, resetOtel, startOtel } from '../../support/otel.js';
import type { Postgres } from '../support/postgres.js';
import { startPostgres } from '../support/postgres.js';
import { SILENT } from './rig.js';

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
  const pool = new pg.Pool({ connectionString });
  const monitors = [jobs.monitor(pool, 'mail'), jobs.monitor(utils, 'bill')];
  // They have begun to check already: this waits for it.
  await Promise.all(monitors.map((monitor) => monitor.check()));
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

test('a task that runs and is not the observed one is told once, with the fix', async () => {
  startOtel();
  const connectionString = await postgres.database();
  const jobs = graphileJobs(createSignalbox());
  const utils = await makeWorkerUtils({ connectionString });
  await utils.migrate();
  const told = recordDiag();
  let ran = 0;
  const taskList = { mail: () => void ran++ };
  const options = { ...jobs.runner({ connectionString, taskList, noHandleSignals: true }), logger: SILENT };
  for (let n = 0; n < 2; n++) await utils.addJob('mail', {});
  await runOnce({ ...options, taskList });
  expect(ran).toBe(2);
  expect(told).toEqual([
    "signalbox: graphile-worker: the task 'mail' that ran is not the observed one: its work is in no trace. Give the runner the task list that runner() or tasks() returned: run(jobs.runner({ …, taskList }))",
  ]);
  told.length = 0;
  await utils.addJob('mail', {});
  await runOnce(options);
  await utils.release();
  expect({ ran, told }).toEqual({ ran: 3, told: [] });
});

test('a task that runs and is not the observed one is told on the console in development, with the line of the app that made its runner', async () => {
  startOtel();
  const connectionString = await postgres.database();
  const lines: string[] = [];
  const warn = vi.spyOn(console, 'warn').mockImplementation((text: string) => void lines.push(text));
  onTestFinished(() => warn.mockRestore());
  const jobs = graphileJobs(createSignalbox({ development: true }));
  const utils = await makeWorkerUtils({ connectionString });
  await utils.migrate();
  const taskList = { mail: () => undefined };
  const given = { connectionString, taskList, noHandleSignals: true };
  const [, line = 0] = /end\.test\.ts:(\d+)/.exec(new Error().stack ?? '') ?? [];
  const options = { ...jobs.runner(given), logger: SILENT };
  await utils.addJob('mail', {});
  await runOnce({ ...options, taskList });
  await utils.release();
  await vi.waitFor(() => expect(lines).toHaveLength(1));
  expect(lines[0]).toContain(
    "signalbox (development): graphile-worker: the task 'mail' that ran is not the observed one",
  );
  expect(lines[0]).toContain(`end.test.ts:${Number(line) + 1}:`);
});
