import pg from 'pg';
import type { JobWithMetadata } from 'pg-boss';
import { PgBoss } from 'pg-boss';
import { pgBossJobs } from 'signalbox/pg-boss';
import type { Plan } from '../plan.js';
import { MAX_ATTEMPTS, QUEUE } from '../plan.js';
import { startPostgresServer } from '../stores/postgres.js';
import type { Engine, StoredJob } from './engine.js';

/** What a killed worker held is run again so long after it began. */
const EXPIRE_SECONDS = 15;
const STATES: Readonly<Record<string, StoredJob['state']>> = { completed: 'completed', failed: 'failed' };

/** pg-boss on PostgreSQL. */
export const pgBoss: Engine = {
  name: 'pg-boss',
  system: 'pg-boss',
  startStore: startPostgresServer,
  prepare: async (url) => {
    const boss = new PgBoss({ connectionString: url, supervise: false, schedule: false });
    boss.on('error', () => undefined);
    await boss.start();
    await boss.createQueue(QUEUE);
    await boss.stop({ graceful: true });
  },
  produce: async (box, url, notes) => {
    const jobs = pgBossJobs(box, { attemptLinks: 'persist' });
    const options = {
      connectionString: url,
      max: 4,
      schedule: false,
      superviseIntervalSeconds: 1,
      monitorIntervalSeconds: 1,
    };
    const boss = jobs.boss(new PgBoss(jobs.options(options)));
    boss.on('error', notes.trouble);
    await boss.start();
    const monitor = jobs.monitor(boss, QUEUE, { intervalMillis: 1000 });
    return {
      add: async (plan) => {
        const id = await boss.send(QUEUE, plan, {
          retryLimit: MAX_ATTEMPTS - 1,
          retryDelay: 1,
          expireInSeconds: EXPIRE_SECONDS,
        });
        return id ?? '';
      },
      free: async () => undefined,
      close: async () => {
        monitor.stop();
        await boss.stop({ graceful: true, timeout: 10_000 });
      },
    };
  },
  work: async (box, url, handler, notes) => {
    const jobs = pgBossJobs(box, { attemptLinks: 'persist' });
    const boss = jobs.boss(
      new PgBoss(jobs.options({ connectionString: url, max: 10, supervise: false, schedule: false })),
    );
    boss.on('error', notes.trouble);
    await boss.start();
    const options = { pollingIntervalSeconds: 0.5, includeMetadata: true as const, localConcurrency: 25 };
    await boss.work(QUEUE, options, async ([job]: JobWithMetadata<Plan>[]) => {
      if (job) await handler({ id: job.id, number: job.retryCount + 1, plan: job.data });
    });
    return { close: () => boss.stop({ graceful: true, timeout: 20_000 }) };
  },
  open: async (url) => {
    const rows = await query<{ n: string }>(
      url,
      `select count(*) as n from pgboss.job where state not in ('completed', 'failed')`,
    );
    return Number(rows[0]?.n ?? 0);
  },
  read: async (url) => {
    const rows = await query<{ id: string; key: string; state: string; n: number; output: unknown }>(
      url,
      `select id, data->>'key' as key, state::text as state, retry_count as n, output from pgboss.job where name = '${QUEUE}'`,
    );
    return new Map(
      rows.map(({ id, key, state, n, output }) => [
        id,
        {
          key,
          state: STATES[state] ?? 'open',
          attempts: n + 1,
          why: state === 'failed' ? JSON.stringify(output) : undefined,
        },
      ]),
    );
  },
};

/** One question of a connection of its own. */
export async function query<Row extends pg.QueryResultRow>(url: string, text: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end();
  }
}
