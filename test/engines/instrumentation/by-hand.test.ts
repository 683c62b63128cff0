import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Postgres } from '../support/postgres.js';
import { startPostgres } from '../support/postgres.js';
import type { Redis } from '../support/redis.js';
import { startRedis } from '../support/redis.js';
import type { Format, Told } from './apps.js';
import { Apps } from './apps.js';

const apps = new Apps();
let redis: Redis;
let postgres: Postgres;

/** Two jobs that the app takes itself, and does something for: one succeeds, and the other does not. */
const BODIES = {
  bullmq: `
    const connection = { url: process.env.ADDRESS };
    const queue = new engine.Queue('mail', { connection });
    const worker = new engine.Worker('mail', null, { connection, drainDelay: 1 });
    await queue.add('welcome', { to: 'ada' });
    const first = await worker.getNextJob('desk');
    await within(first, work);
    await first.moveToCompleted('sent', 'desk', false);
    await queue.add('welcome', { to: 'bob' });
    const second = await worker.getNextJob('desk');
    await within(second, work);
    await second.moveToFailed(new RangeError('no'), 'desk', false);
    await worker.close();
    await queue.close();`,
  'pg-boss': `
    const boss = new engine.PgBoss({ connectionString: process.env.ADDRESS, supervise: false, schedule: false });
    boss.on('error', console.error);
    await boss.start();
    await boss.createQueue('mail', { retryLimit: 0 });
    for (const settle of ['complete', 'fail']) {
      await boss.send('mail', { to: 'ada' });
      const [job] = await boss.fetch('mail');
      await within(job, work);
      await boss[settle]('mail', job.id, new RangeError('no'));
    }
    await boss.stop({ graceful: true, timeout: 5000 });`,
};

beforeAll(async () => {
  [redis, postgres] = await Promise.all([startRedis(), startPostgres()]);
  await apps.build();
  for (const engine of ['bullmq', 'pg-boss'] as const)
    for (const format of ['cjs', 'mjs'])
      apps.app(
        `${engine}-by-hand-${format}`,
        engine,
        `const { trace } = await import('@opentelemetry/api');
         const { within } = ${format === 'cjs' ? 'require' : 'await import'}('signalbox/${engine}');
         const work = async () => trace.getTracer('app').startSpan('work').end();
         ${BODIES[engine]}`,
      );
}, 120_000);
afterAll(async () => {
  apps.remove();
  await Promise.all([redis?.stop(), postgres?.stop()]);
});

const WAYS: readonly (readonly [way: string, format: Format, flags: readonly string[]])[] = [
  ['CommonJS, an SDK with instrumentations by --require', 'cjs', ['--require', 'sdk-with-ours.cjs']],
  ['ESM, an SDK with instrumentations of CommonJS', 'mjs', ['--import', 'sdk-with-ours.mjs']],
  ['CommonJS, signalbox/register by --require', 'cjs', ['--require', 'sdk.cjs', '--require', 'register.cjs']],
  ['ESM, signalbox/register by --import', 'mjs', ['--require', 'sdk.cjs', '--import', 'register.mjs']],
];

describe.each(['bullmq', 'pg-boss'] as const)('an app that takes its jobs of %s itself', (engine) => {
  test.each(WAYS)('its attempts are told once, and within() is in them: %s', async (_, format, flags) => {
    const address = engine === 'bullmq' ? redis.url : await postgres.database();
    const told = await apps.run(`${engine}-by-hand-${format}`, format, flags, { ADDRESS: address });
    expect(attempts(told).map(({ attributes }) => attributes['job.attempt.outcome'])).toEqual([
      'completed',
      'failed',
    ]);
    const work = told.spans.filter(({ name }) => name === 'work');
    expect(work.map(({ trace }) => trace)).toEqual(attempts(told).map(({ trace }) => trace));
    const count = (event: string): number => told.records.filter((record) => record.event === event).length;
    expect(['job.started', 'job.completed', 'job.failed', 'job.abandoned'].map(count)).toEqual([2, 1, 1, 1]);
  });
});

function attempts({ spans }: Told): Told['spans'] {
  return spans.filter(
    ({ scope, attributes }) => scope === 'signalbox' && attributes['messaging.operation.name'] === 'process',
  );
}
