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
  `import { bullmqJobs, observeClasses } from 'signalbox/bullmq';`,
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
    classes: `jobs.classes({ Queue })`,
    'classes of a bundle': `observeClasses(box, { Worker })`,
    'workers made by class': `{ if (made > 0) throw new Error('a worker was made'); }`,
  },
);

/** Hears what is reported from now on: what says that an engine is too old. */
const HEAR = `
   const heard = [];
   const hear = (...said) => { const text = said.find((one) => /or older/.test(one)); if (text) heard.push(text); };
   globalThis[Symbol.for('opentelemetry.js.api.1')] = { version: '1.9.0', diag: { warn: hear, error: hear, info() {}, debug() {}, verbose() {} } };`;

const PG_BOSS = program(
  `import { pgBossJobs } from 'signalbox/pg-boss';
   import { PgBossInstrumentation } from 'signalbox/instrumentation';`,
  `${HEAR}
   new PgBossInstrumentation(box);
   const exported = require('pg-boss');
   const PgBoss = exported.default ?? exported;
   class Own extends PgBoss {}
   const jobs = pgBossJobs(box);`,
  {
    boss: `jobs.boss(new PgBoss('postgres://127.0.0.1:1/none'))`,
    'boss of a class of its own': `jobs.boss(new Own('postgres://127.0.0.1:1/none'))`,
    classes: `jobs.classes({ PgBoss })`,
    monitor: `jobs.monitor(new PgBoss('postgres://127.0.0.1:1/none'), 'mail')`,
    instrumentation: `{ if (heard.length > 0) throw new Error(heard.join()); }`,
  },
);

const GRAPHILE = program(
  `import { graphileJobs } from 'signalbox/graphile-worker';
   import { GraphileWorkerInstrumentation } from 'signalbox/instrumentation';`,
  `${HEAR}
   new GraphileWorkerInstrumentation(box);
   const { makeWorkerUtils, quickAddJob } = require('graphile-worker');
   // A database of which the engine learns that nothing is to be migrated.
   const client = { query: async () => ({ rows: [{ server_version_num: '150000', id: 1000 }] }), release() {} };
   const pool = { options: {}, listenerCount: () => 1, on() {}, removeListener() {}, end() {}, connect: async () => client };
   const utils = await makeWorkerUtils({ pgPool: pool });
   const jobs = graphileJobs(box);
   const helpers = require('graphile-worker/dist/helpers').makeJobHelpers({ pgPool: pool }, { id: '1', task_identifier: 'mail' }, { withPgClient: async () => undefined });
   const { taskList } = jobs.runner({ taskList: { mail: () => undefined } });`,
  {
    utils: `jobs.utils(utils)`,
    adhoc: `jobs.adhoc(quickAddJob)`,
    monitor: `jobs.monitor(utils, 'mail')`,
    instrumentation: `{ throw new Error(heard.splice(0).join()); }`,
    runner: `{ taskList.mail({}, helpers); throw new Error(heard.join()); }`,
  },
);

/** What instrumentations need. */
const INSTRUMENTED = ['@opentelemetry/api@1.9.1', '@opentelemetry/instrumentation@0.223.0'];

describe('an engine that is too old', () => {
  const said: Record<string, Record<string, string>> = {};

  beforeAll(async () => {
    const app = new App('older-engines');
    for (const [engine, has, code] of [
      ['bullmq', 'bullmq@5.33.1', BULLMQ],
      ['pg-boss 9', 'pg-boss@9.0.3', PG_BOSS],
      ['pg-boss 10', 'pg-boss@10.0.0', PG_BOSS],
      ['graphile-worker', 'graphile-worker@0.15.1', GRAPHILE],
    ] as const) {
      await app.install(has, tarball, ...INSTRUMENTED);
      said[engine] = (await app.run(code)) as Record<string, string>;
    }
  });

  test('bullmq 5.33 - is refused at every door alike, by its version, and no worker runs', () => {
    const {
      'workers made by class': made,
      'worker by class': byClass,
      'worker by a class of its own': byOwn,
      classes,
      'classes of a bundle': bundled,
      ...rest
    } = said.bullmq ?? {};
    expect(made).toBe('nothing');
    for (const one of [byClass, byOwn])
      expect(one).toMatch(
        /^worker: it is the class (Worker|Counted), whose jobs can not carry a context\. Give a Worker of BullMQ 5\.34 or up\.$/,
      );
    expect(classes).toMatch(
      /^classes: `Queue` is .*, whose jobs can not carry a context\. Give the Queue of BullMQ 5\.34 or up\.$/,
    );
    expect(bundled).toMatch(
      /^observeClasses: `Worker` is .*, whose jobs can not carry a context\. Give the Worker of BullMQ 5\.34 or up\.$/,
    );
    expect(Object.keys(rest)).toHaveLength(6);
    for (const [door, sentence] of Object.entries(rest))
      expect(`${door}: ${sentence}`).toMatch(
        /: it is of BullMQ 5\.33\.1, whose jobs can not carry a context\. Give a (Queue|FlowProducer|Worker) of BullMQ 5\.34 or up\.$/,
      );
  });

  test('pg-boss 9 - is refused at every door by one sentence, and reported where it is instrumented', () => {
    const sentence = 'it is of pg-boss 9 or older, without createQueue(). Give a PgBoss of pg-boss 10 or up.';
    expect(said['pg-boss 9']).toEqual({
      boss: `boss: ${sentence}`,
      'boss of a class of its own': `boss: ${sentence}`,
      classes: `classes: ${sentence}`,
      monitor: `monitor: ${sentence}`,
      instrumentation: `threw Error: pg-boss: ${sentence}`,
    });
  });

  test('pg-boss 10.0.0 - is the least that is taken, at every door', () => {
    expect(said['pg-boss 10']).toEqual({
      boss: 'nothing',
      'boss of a class of its own': 'nothing',
      classes: 'nothing',
      monitor: 'monitor: the boss is a value of type object. Give what jobs.boss returned.',
      instrumentation: 'nothing',
    });
  });

  test('graphile-worker 0.15 - is refused where its own objects come in, and reported where its runner runs a task', () => {
    expect(said['graphile-worker']).toEqual({
      utils: 'utils: they are of graphile-worker 0.15 or older. Give those of graphile-worker 0.16 or up.',
      adhoc: 'adhoc: it is of graphile-worker 0.15 or older. Give that of graphile-worker 0.16 or up.',
      monitor:
        "monitor of task 'mail': its utils: they are of graphile-worker 0.15 or older. Give those of graphile-worker 0.16 or up.",
      runner: expect.stringContaining('a runner is of 0.15 or older: signalbox emits nothing of its jobs'),
      instrumentation:
        'threw Error: graphile-worker: it is of 0.15 or older: signalbox emits nothing of its jobs. Use graphile-worker 0.16 or up.',
    });
  });
});
