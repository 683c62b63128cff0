import { createSignalbox } from 'signalbox';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createAdapter } from '../../../src/adapters/graphile-worker/adapter.js';
import type { Row } from '../../../src/adapters/graphile-worker/database.js';
import { Reconciler } from '../../../src/adapters/graphile-worker/reconciler.js';
import type { Schema } from '../../../src/adapters/graphile-worker/schema.js';
import { CORE } from '../../../src/box/core.js';
import { createJobs } from '../../../src/jobs/index.js';
import type { TestOtel } from '../../support/otel.js';
import { resetOtel, startOtel } from '../../support/otel.js';

// What real databases show only in some moments: the answer that a look gets is given here.

const TASK = 'mail';
const HOUR = 3_600_000;
const NOW = Date.UTC(2026, 0, 1);

let otel: TestOtel;
let schema: Schema;

beforeEach(() => {
  otel = startOtel();
  const box = createSignalbox();
  const jobs = createJobs(box, { system: 'graphile-worker' });
  const how = { schema: 'graphile_worker', carriesContext: true, persistsLinks: false };
  schema = createAdapter(box[CORE], jobs, how).home;
});

afterEach(async () => {
  await otel.shutdown();
  resetOtel();
});

/** A row of a job in its only attempt. */
function row(now: number, lockedAt: number | undefined): Row {
  const locked = lockedAt === undefined ? null : new Date(lockedAt);
  const [at, asked] = [new Date(NOW - HOUR), new Date(now)];
  const counts = { id: '1', attempts: 1, max_attempts: 1, key: null, failed: false };
  return { ...counts, run_at: at, updated_at: at, locked_at: locked, now: asked };
}

function reconciler(answer: () => readonly Row[]): Reconciler {
  return new Reconciler(
    schema,
    async () => answer(),
    async () => new Map(),
    TASK,
    4 * HOUR,
  );
}

test('look() - a failure that has yet to be written is no job that came back, be it never written', async () => {
  let rows: readonly Row[] = [];
  const looker = reconciler(() => rows);
  await looker.look();
  expect(schema.emitted.end('1', NOW)).toBe(true);
  rows = [row(NOW + 1000, NOW)];
  await looker.look();
  expect(schema.emitted.ended('1')).toBe(true);
  rows = [row(NOW + 4 * HOUR, NOW)];
  await looker.look();
  expect(otel.logs('job.stalled')).toHaveLength(1);
  expect(otel.logs('job.abandoned')).toEqual([]);
});

test('look() - an end that is told while the answer is under way stays told', async () => {
  let rows: readonly Row[] = [];
  const looker = reconciler(() => {
    schema.emitted.end('1');
    return rows;
  });
  rows = [row(NOW + 1000, NOW)];
  await looker.look();
  expect(schema.emitted.ended('1')).toBe(true);
  await looker.look();
  expect(schema.emitted.ended('1')).toBe(false);
});

test('look() - a job that was told as ended, and has another lock, has come back and ends again', async () => {
  let rows: readonly Row[] = [];
  const looker = reconciler(() => rows);
  await looker.look();
  schema.emitted.end('1', NOW - HOUR);
  rows = [row(NOW + 1000, NOW)];
  await looker.look();
  rows = [row(NOW + 2000, undefined)];
  await looker.look();
  await looker.look();
  expect(otel.logs('job.abandoned')).toHaveLength(1);
});
