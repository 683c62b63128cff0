import { beforeAll, describe, expect, test } from 'vitest';
import { App } from '../support/app.js';
import { packed } from '../support/packed.js';

const { tarball } = packed();

/** Prints what each door says to what it is given. */
function program(imports: string, setUp: string, doors: Readonly<Record<string, string>>): string {
  return `
import { createRequire } from 'node:module';
import { createSignalbox, SignalboxError } from 'signalbox';
${imports}
const require = createRequire(import.meta.url);
const box = createSignalbox();
${setUp}
const said = {};
function at(door, fn) {
  try { fn(); said[door] = 'nothing'; } catch (error) {
    said[door] = error instanceof SignalboxError ? error.message : 'threw ' + String(error);
  }
}
${Object.entries(doors)
  .map(([door, code]) => `at(${JSON.stringify(door)}, () => ${code});`)
  .join('\n')}
process.stdout.write(JSON.stringify(said), () => process.exit());
`;
}

const BULLMQ = program(
  `import { bullmqJobs } from 'signalbox/bullmq';`,
  `const { Queue, Worker, FlowProducer } = require('bullmq');
   const connection = { host: '127.0.0.1', port: 1, lazyConnect: true, retryStrategy: () => null };
   const heard = (made) => (made.on('error', () => undefined), made);
   const jobs = bullmqJobs(box);
   const handler = async () => undefined;
   let made = 0;
   class Counted extends Worker { constructor(...args) { super(...args); made++; heard(this); } }`,
  {
    queue: `jobs.queue(heard(new Queue('mail', { connection })))`,
    flowProducer: `jobs.flowProducer(heard(new FlowProducer({ connection })))`,
    worker: `jobs.worker(handler, (processor) => heard(new Worker('mail', processor, { connection, autorun: false })))`,
    'worker by class': `jobs.worker(Worker, 'mail', handler, { connection })`,
    'worker by a class of its own': `jobs.worker(Counted, 'mail', handler, { connection })`,
    'worker of a file': `jobs.worker(require.resolve('signalbox'), (file) => heard(new Worker('mail', file, { connection, autorun: false, useWorkerThreads: false })))`,
    'worker by hand': `jobs.worker(null, () => heard(new Worker('mail', null, { connection })))`,
    monitor: `jobs.monitor(heard(new Queue('mail', { connection })))`,
    'workers made by class': `{ if (made > 0) throw new Error('a worker was made'); }`,
  },
);

const PG_BOSS = program(
  `import { pgBossJobs } from 'signalbox/pg-boss';`,
  `const exported = require('pg-boss');
   const PgBoss = exported.default ?? exported;
   class Own extends PgBoss {}
   const jobs = pgBossJobs(box);`,
  {
    boss: `jobs.boss(new PgBoss('postgres://127.0.0.1:1/none'))`,
    'boss of a class of its own': `jobs.boss(new Own('postgres://127.0.0.1:1/none'))`,
    monitor: `jobs.monitor(new PgBoss('postgres://127.0.0.1:1/none'), 'mail')`,
  },
);

const GRAPHILE = program(
  `import { graphileJobs } from 'signalbox/graphile-worker';`,
  `const { makeWorkerUtils, quickAddJob } = require('graphile-worker');
   // A database of which the engine learns that nothing is to be migrated.
   const client = { query: async () => ({ rows: [{ server_version_num: '150000', id: 1000 }] }), release() {} };
   const pool = { options: {}, listenerCount: () => 1, on() {}, removeListener() {}, end() {}, connect: async () => client };
   const utils = await makeWorkerUtils({ pgPool: pool });
   const jobs = graphileJobs(box);
   const helpers = require('graphile-worker/dist/helpers').makeJobHelpers({ pgPool: pool }, { id: '1', task_identifier: 'mail' }, { withPgClient: async () => undefined });
   const { taskList } = jobs.runner({ taskList: { mail: () => undefined } });
   const warned = [];
   console.warn = console.error = (...args) => warned.push(args.join(' '));
   let heard;
   globalThis[Symbol.for('opentelemetry.js.api.1')] = { version: '1.9.0', diag: { warn: (text) => { heard ??= text; }, error: (text) => { heard ??= text; }, info() {}, debug() {}, verbose() {} } };`,
  {
    utils: `jobs.utils(utils)`,
    adhoc: `jobs.adhoc(quickAddJob)`,
    monitor: `jobs.monitor(utils, 'mail')`,
    runner: `{ taskList.mail({}, helpers); throw new Error(heard ?? warned.join() ?? 'nothing'); }`,
  },
);

describe('an engine that is too old', () => {
  const said: Record<string, Record<string, string>> = {};

  beforeAll(async () => {
    const app = new App('older-engines');
    for (const [engine, has, code] of [
      ['bullmq', 'bullmq@5.81.5', BULLMQ],
      ['pg-boss 10', 'pg-boss@10.4.2', PG_BOSS],
      ['pg-boss 11', 'pg-boss@11.1.2', PG_BOSS],
      ['graphile-worker', 'graphile-worker@0.15.1', GRAPHILE],
    ] as const) {
      await app.install(has, tarball);
      said[engine] = (await app.run(code)) as Record<string, string>;
    }
  });

  test('bullmq 5 - is refused at every door alike, by its version, and no worker runs', () => {
    const {
      'workers made by class': made,
      'worker by class': byClass,
      'worker by a class of its own': byOwn,
      ...rest
    } = said.bullmq ?? {};
    expect(made).toBe('nothing');
    for (const one of [byClass, byOwn])
      expect(one).toMatch(
        /^worker: it is the class (Worker|Counted), without getBackend\(\)\. Give a Worker of BullMQ 6 or up\.$/,
      );
    expect(Object.keys(rest)).toHaveLength(6);
    for (const [door, sentence] of Object.entries(rest))
      expect(`${door}: ${sentence}`).toMatch(
        /: it is of BullMQ 5\.81\.5, without getBackend\(\)\. Give a (Queue|FlowProducer|Worker) of BullMQ 6 or up\.$/,
      );
  });

  test.each(['pg-boss 10', 'pg-boss 11'])('%s - is refused, of a class of the app too', (engine) => {
    const sentence = 'boss: it is of pg-boss 11 or older. Give a PgBoss of pg-boss 12 or up.';
    expect(said[engine]).toEqual({
      boss: sentence,
      'boss of a class of its own': sentence,
      monitor: expect.stringContaining('Give what jobs.boss returned.'),
    });
  });

  test('graphile-worker 0.15 - is refused where its own objects come in, and reported where its runner runs a task', () => {
    expect(said['graphile-worker']).toEqual({
      utils: 'utils: they are of graphile-worker 0.15 or older. Give those of graphile-worker 0.16 or up.',
      adhoc: 'adhoc: it is of graphile-worker 0.15 or older. Give that of graphile-worker 0.16 or up.',
      monitor:
        "monitor of task 'mail': its utils: they are of graphile-worker 0.15 or older. Give those of graphile-worker 0.16 or up.",
      runner: expect.stringContaining('a runner is of 0.15 or older: nothing is told of its jobs'),
    });
  });
});
