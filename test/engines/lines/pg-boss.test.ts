import { trace } from '@opentelemetry/api';
import type { ConstructorOptions, PgBoss } from 'pg-boss';
import { createSignalbox } from 'signalbox';
import { pgBossJobs, within } from 'signalbox/pg-boss';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { resetOtel, startOtel } from '../../support/otel.js';
import type { Line } from '../conformance/setting.js';
import type { Postgres } from '../support/postgres.js';
import { startPostgres } from '../support/postgres.js';
import { importedModuleOf, moduleOf } from './line.js';

// Jobs of older releases that the app fetches itself.

type BossClass = new (options: ConstructorOptions) => PgBoss;

const LINES: readonly (readonly [line: Line, load: (line: Line) => Promise<BossClass>])[] = [
  ['pg-boss-10', (line) => moduleOf<BossClass>(line, 'pg-boss')],
  ['pg-boss-11', (line) => moduleOf<BossClass>(line, 'pg-boss')],
  ['pg-boss-12.0', async (line) => (await importedModuleOf<{ PgBoss: BossClass }>(line, 'pg-boss')).PgBoss],
];

let postgres: Postgres;
beforeAll(async () => {
  postgres = await startPostgres();
}, 120_000);
afterAll(() => postgres?.stop());
afterEach(resetOtel);

describe.each(LINES)('%s', (line, load) => {
  test('fetch() - its attempts have their wait, their end, and a link to the one before; within() is in them', async () => {
    const otel = startOtel();
    const box = createSignalbox();
    const Boss = await load(line);
    const connectionString = await postgres.database();
    const boss = pgBossJobs(box).boss(new Boss({ connectionString, supervise: false, schedule: false }));
    boss.on('error', () => undefined);
    await boss.start();
    await boss.createQueue('mail', { name: 'mail', retryLimit: 1 } as never);
    await boss.send('mail', {});
    const inside: unknown[] = [];
    for (const options of [{}, { includeMetadata: true }]) {
      const [job] = await boss.fetch('mail', options);
      if (!job) throw new Error('there is none');
      inside.push(await within(job, () => trace.getActiveSpan()?.spanContext().spanId));
      if (inside.length === 1) await boss.fail('mail', job.id, new RangeError('no'));
      else await boss.complete('mail', job.id);
      await box.forceFlush();
    }
    await boss.stop({ graceful: false });
    const attempts = otel.spans('process mail');
    expect(attempts.map((span) => span.spanContext().spanId)).toEqual(inside);
    expect(
      attempts.map(({ attributes }) => [
        attributes['job.attempt.number'],
        attributes['job.attempt.outcome'],
        typeof attributes['job.wait.duration'],
      ]),
    ).toEqual([
      [1, 'failed', 'number'],
      [2, 'completed', 'number'],
    ]);
    expect(attempts[1]?.links.map(({ context }) => context.spanId)).toEqual([inside[0]]);
    await box.shutdown();
    await otel.shutdown();
  });
});
