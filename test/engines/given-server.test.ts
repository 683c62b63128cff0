import { Logger, makeWorkerUtils } from 'graphile-worker';
import { Redis } from 'ioredis';
import pg from 'pg';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startRedisServer } from '../../examples/job-queue/engines/redis-server.js';
import { runExample } from '../support/example-run.js';
import { startPostgres } from './support/postgres.js';

const RUN = ['--jobs', '45', '--seed', '7', '--speed', '60', '--workers', '8'];
const PASSWORD = 'hush-hush';
const DATABASE = '3';

describe('the example on a server that it was given', () => {
  test('example - REDIS_URL is taken with its password and database, and the Redis is left as it was', async () => {
    const server = await startRedisServer();
    onTestFinished(() => server.stop());
    const url = server.url.replace('//', `//:${PASSWORD}@`);
    const redis = new Redis(server.url);
    onTestFinished(() => redis.disconnect());
    await redis.config('SET', 'requirepass', PASSWORD);
    await redis.auth(PASSWORD);
    await redis.set('mine', 'untouched');
    const used = await noteDatabases(redis);

    const run = await runExample([...RUN, '--engine', 'bullmq'], {
      env: { REDIS_URL: `${url}/${DATABASE}` },
    });
    expect(run.stderr).toBe('');
    expect(run.code).toBe(0);
    expect(run.stdout).toMatch(/45 offered = 45 accepted .*\n.* 0 waiting \+ 0 delayed \+ 0 active ✓/);
    expect(run.stdout).toContain('the Redis of REDIS_URL');
    expect(run.stdout).not.toContain(PASSWORD);
    expect(await used()).toEqual([DATABASE]);
    expect(await redis.keys('*')).toEqual(['mine']);
    await redis.select(Number(DATABASE));
    expect(await redis.keys('*')).toEqual([]);
  });

  test("example - in the database of POSTGRES_URL nobody else's jobs are touched, and nothing is left behind", async () => {
    const server = await startPostgres();
    onTestFinished(() => server.stop());
    const connectionString = await server.database();
    const theirs = await makeWorkerUtils({ connectionString, logger: new Logger(() => () => undefined) });
    await theirs.migrate();
    const { id } = await theirs.addJob('email', { to: 'somebody' });
    await theirs.release();

    for (const flags of [['graphile-worker'], ['pg-boss', '--apart']]) {
      const run = await runExample([...RUN, '--engine', ...flags], {
        env: { POSTGRES_URL: connectionString },
      });
      expect(run.stderr).toBe('');
      expect(run.code).toBe(0);
      expect(run.stdout).toMatch(/45 offered = 45 accepted .*\n.* 0 waiting \+ 0 delayed \+ 0 active ✓/);
      expect(run.stdout).toContain('the PostgreSQL of POSTGRES_URL');
      expect(run.stdout).not.toContain(connectionString);
    }

    const client = new pg.Client({ connectionString });
    await client.connect();
    onTestFinished(() => client.end());
    const jobs = await client.query('select id::text, attempts from graphile_worker.jobs');
    expect(jobs.rows).toEqual([{ id, attempts: 0 }]);
    const schemas = await client.query(
      "select nspname from pg_namespace where nspname !~ '^(pg_|information_schema)' order by 1",
    );
    expect(schemas.rows.map(({ nspname }) => nspname)).toEqual(['graphile_worker', 'public']);
  });
});

/** From now on, the databases in which anything was written. */
async function noteDatabases(redis: Redis): Promise<() => Promise<string[]>> {
  await redis.config('SET', 'notify-keyspace-events', 'EA');
  const listener = redis.duplicate({ password: PASSWORD });
  const databases = new Set<string>();
  listener.on('pmessage', (_pattern, channel: string) => databases.add(/@(\d+)__/.exec(channel)?.[1] ?? ''));
  await listener.psubscribe('__keyevent@*');
  return async () => {
    await listener.quit();
    return [...databases];
  };
}
