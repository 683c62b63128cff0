import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Postgres } from '../support/postgres.js';
import { startPostgres } from '../support/postgres.js';
import type { Redis } from '../support/redis.js';
import { startRedis } from '../support/redis.js';
import type { Engine, Format, Told } from './apps.js';
import { Apps } from './apps.js';

const apps = new Apps();
let redis: Redis;
let postgres: Postgres;

beforeAll(async () => {
  [redis, postgres] = await Promise.all([startRedis(), startPostgres()]);
  await apps.build();
}, 120_000);
afterAll(async () => {
  apps.remove();
  await Promise.all([redis?.stop(), postgres?.stop()]);
});

async function addressOf(engine: Engine): Promise<string> {
  return engine === 'bullmq' ? redis.url : postgres.database();
}

/** Two jobs, each of which was put in by one span, and worked on by one in the same trace. */
function expectWhole({ spans }: Told): void {
  const ours = spans.filter(({ scope }) => scope === 'signalbox');
  const of = (operation: string) =>
    ours.filter(({ attributes }) => attributes['messaging.operation.name'] === operation);
  expect(of('enqueue').map(({ name }) => name)).toHaveLength(2);
  expect(
    of('process')
      .map(({ trace }) => trace)
      .sort(),
  ).toEqual(
    of('enqueue')
      .map(({ trace }) => trace)
      .sort(),
  );
  // pg-boss's own spans, where it has not been told to leave them.
  expect(spans.filter(({ scope }) => scope === 'pg-boss')).toEqual([]);
}

const WAYS: readonly (readonly [way: string, format: Format, flags: readonly string[]])[] = [
  ['CommonJS, an SDK with instrumentations by --require', 'cjs', ['--require', 'sdk-with-ours.cjs']],
  ['ESM, an SDK with instrumentations and its hook by --import', 'mjs', ['--import', 'sdk-with-ours.mjs']],
  ['CommonJS, signalbox/register by --require', 'cjs', ['--require', 'sdk.cjs', '--require', 'register.cjs']],
  ['ESM, signalbox/register by --import', 'mjs', ['--require', 'sdk.cjs', '--import', 'register.mjs']],
  [
    'ESM, signalbox/register where Node is told to require no ES modules',
    'mjs',
    ['--no-experimental-require-module', '--require', 'sdk.cjs', '--import', 'register.mjs'],
  ],
  ['ESM, signalbox/register by --require', 'mjs', ['--require', 'sdk.cjs', '--require', 'register.cjs']],
  [
    'ESM, signalbox/register beside a hook of the app',
    'mjs',
    ['--import', 'sdk-with-ours.mjs', '--import', 'register.mjs'],
  ],
];

describe.each<Engine>(['bullmq', 'pg-boss', 'graphile-worker'])(
  'an app of %s, not a line of which is changed',
  (engine) => {
    test.each(WAYS)('its jobs are observed: %s', async (_, format, flags) => {
      const told = await apps.run(engine, format, flags, { ADDRESS: await addressOf(engine) });
      expectWhole(told);
      expect(told.stderr).not.toContain('already been initialized');
    });
  },
);

const enqueues = ({ spans }: Told): string[] =>
  spans.flatMap(({ name, scope }) => (scope === 'signalbox' && name.startsWith('enqueue') ? [name] : []));

describe('signalbox/register', () => {
  const flags = ['--require', 'sdk.cjs', '--require', 'register.cjs'];

  test('the environment says what the box does, and what is wrong in it is a warning', async () => {
    const told = await apps.run('bullmq', 'cjs', flags, {
      ADDRESS: redis.url,
      SIGNALBOX_CONSOLE: 'json',
      SIGNALBOX_RELATION: 'sideways',
      SIGNALBOX_JOB_TYPE: 'receipt',
    });
    const lines = told.stdout.split('\n').filter((line) => line.includes('"JOB_COMPLETED"'));
    expect(lines.map((line) => (JSON.parse(line) as { signal: string }).signal)).toHaveLength(2);
    expect(told.stderr).toContain("Did you mean 'SIGNALBOX_JOB_TYPES'?");
    expect(told.stderr).toContain("`SIGNALBOX_RELATION` is 'sideways'. Use 'parent', 'link' or 'none'.");
    // Names that nobody listed are span names, since there are few.
    expect(enqueues(told)).toContain('enqueue welcome');
  });

  test('a list of job types says which names are labels, a relation how attempts hang together', async () => {
    const told = await apps.run('bullmq', 'mjs', ['--require', 'sdk.cjs', '--import', 'register.mjs'], {
      ADDRESS: redis.url,
      SIGNALBOX_JOB_TYPES: 'receipt',
      SIGNALBOX_RELATION: 'link',
    });
    expect(told.stderr).not.toContain('SignalboxWarning');
    expect(enqueues(told)).toContain('enqueue mail');
    expect(enqueues(told)).not.toContain('enqueue welcome');
    const traces = (start: string) =>
      told.spans.filter(({ name }) => name.startsWith(start)).map(({ trace }) => trace);
    expect(traces('process').filter((trace) => traces('enqueue').includes(trace))).toEqual([]);
  });

  test('the queues that it names are watched, and no others', async () => {
    apps.app(
      'watched',
      'bullmq',
      `for (const name of ['watched-mail', 'watched-images'])
         await new engine.Queue(name, { connection: { url: process.env.ADDRESS } }).add('welcome', {});`,
    );
    const watched = async (env: Record<string, string>): Promise<readonly string[]> =>
      (await apps.run('watched', 'cjs', flags, { ADDRESS: redis.url, ...env })).depths;
    expect(await watched({ SIGNALBOX_MONITOR: 'watched-mail' })).toEqual(['watched-mail']);
    expect(await watched({})).toEqual([]);
  });

  test.each([
    ['comes first', ['own-hook.mjs', 'register.mjs']],
    ['comes later', ['register.mjs', 'own-hook.mjs']],
  ])(
    'a loader hook of the app that %s sees what it is to see, in worker threads too',
    async (_, preloads) => {
      apps.write(
        'own-hook.mjs',
        `import { register } from 'node:module';
       import { Hook } from 'import-in-the-middle';
       register('import-in-the-middle/hook.mjs', import.meta.url, { data: { include: ['fast-check'] } });
       globalThis.seen = [];
       new Hook(['fast-check'], (_, name) => void globalThis.seen.push(name));`,
      );
      apps.write(
        'threads.app.mjs',
        `import { isMainThread, Worker } from 'node:worker_threads';
       import 'fast-check';
       import { PgBoss } from 'pg-boss';
       const isObserved = globalThis[Symbol.for('signalbox.patches.1')].has(PgBoss.prototype);
       console.log(isMainThread ? 'main' : 'worker', globalThis.seen.join(), isObserved);
       if (isMainThread) new Worker(new URL(import.meta.url)).on('exit', () => process.exit());`,
      );
      const told = await apps.run(
        'threads',
        'mjs',
        preloads.flatMap((file) => ['--import', file]),
        {},
      );
      expect(told.stdout.trim().split('\n')).toEqual(['main fast-check true', 'worker fast-check true']);
      expect(told.stderr).toBe('');
    },
  );

  test('twice, and without any OpenTelemetry, the app runs as it would', async () => {
    const told = await apps.run('bullmq', 'cjs', ['--require', 'register.cjs', '--require', 'register.cjs'], {
      ADDRESS: redis.url,
      SIGNALBOX_CONSOLE: 'json',
    });
    expect(told.stdout.split('\n').filter((line) => line.includes('"JOB_COMPLETED"'))).toHaveLength(2);
  });
});

describe('instrumentations', () => {
  const flags = ['--require', 'sdk-with-ours.cjs'];
  const BOTH = [
    ['cjs', flags],
    ['mjs', ['--import', 'sdk-with-ours.mjs']],
  ] as const;

  test('a sandboxed processor runs in the trace of its attempt', async () => {
    apps.write(
      'sandboxed.cjs',
      `module.exports = async () => require('@opentelemetry/api').trace.getActiveSpan()?.spanContext().traceId ?? 'none';`,
    );
    apps.app(
      'sandbox',
      'bullmq',
      `const connection = { url: process.env.ADDRESS };
       const queue = new engine.Queue('sandbox', { connection });
       await queue.add('welcome', {});
       const file = require('node:path').resolve('sandboxed.cjs');
       await new Promise((resolve) => {
         const worker = new engine.Worker('sandbox', file, { connection, drainDelay: 1 });
         worker.on('completed', (_, trace) => { console.log('SEEN ' + trace); resolve(worker.close()); });
         worker.on('failed', (_, error) => { console.error(error); });
       });
       await queue.close();`,
    );
    const told = await apps.run('sandbox', 'cjs', flags, { ADDRESS: redis.url });
    const seen = /SEEN (\w+)/.exec(told.stdout)?.[1];
    expect(told.spans.filter(({ name }) => name === 'process welcome').map(({ trace }) => trace)).toEqual([
      seen,
    ]);
  });

  test('graphile-worker that is wrapped by hand too is observed once', async () => {
    apps.app(
      'by-hand',
      'graphile-worker',
      `const { graphileJobs } = typeof require === 'function' ? require('signalbox/graphile-worker') : await import('signalbox/graphile-worker');
       const jobs = graphileJobs(globalThis.box);
       const options = { connectionString: process.env.ADDRESS, noHandleSignals: true, logger: new engine.Logger(() => () => {}) };
       const utils = jobs.utils(await engine.makeWorkerUtils(options));
       await utils.migrate();
       await utils.addJob('mail', { to: 'ada' });
       await jobs.adhoc(engine.quickAddJob)(options, 'mail', { to: 'bob' });
       await engine.runOnce(jobs.runner(options), jobs.tasks({ mail: async () => {} }));
       await utils.release();`,
    );
    for (const [format, own] of BOTH) {
      const told = await apps.run('by-hand', format, own, { ADDRESS: await postgres.database() });
      expectWhole(told);
      const completed = told.records.filter(({ event }) => event === 'job.completed');
      expect(completed, format).toHaveLength(2);
    }
  });

  test('a queue of a class that was loaded before them is observed', async () => {
    apps.write('early.cjs', `globalThis.early = require('bullmq').Queue;`);
    const told = await apps.run('bullmq', 'cjs', ['--require', 'early.cjs', ...flags], {
      ADDRESS: redis.url,
    });
    expectWhole(told);
  });

  test('disable() - what the app has kept runs unobserved, and enable() observes it again', async () => {
    const add = `await utils.addJob('mail', {}); await quickAddJob(options, 'mail', {});`;
    apps.app(
      'switched',
      'graphile-worker',
      `const { makeWorkerUtils, quickAddJob } = engine;
       const options = { connectionString: process.env.ADDRESS, logger: new engine.Logger(() => () => {}) };
       const utils = await makeWorkerUtils(options);
       await utils.migrate();
       ${add}
       for (const one of globalThis.ours) one.disable();
       ${add}
       for (const one of globalThis.ours) one.enable();
       ${add}
       await utils.release();`,
    );
    for (const [format, own] of BOTH) {
      const told = await apps.run('switched', format, own, { ADDRESS: await postgres.database() });
      expect(enqueues(told), format).toHaveLength(4);
    }
  });
});
