import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { App } from '../support/app.js';
import { complaints } from '../support/compile.js';
import { packed } from '../support/packed.js';

const { tarball } = packed();

/** The ways in which a compiler looks for a package, each with how a module that is a class is imported there. */
const WAYS = [
  { way: 'classic', file: 'program.ts', options: { module: 'commonjs' }, asRequired: true },
  { way: 'nodenext, CommonJS', file: 'program.cts', options: { module: 'nodenext' }, asRequired: true },
  { way: 'nodenext, ES module', file: 'program.mts', options: { module: 'nodenext' }, asRequired: false },
] as const;

/** What is read badly would be `any`. */
const IS_ANY = 'type IsAny<T> = 0 extends 1 & T ? true : false;';

function pgBossProgram(imported: string): string {
  return `
${imported}
import { createSignalbox } from 'signalbox';
import { PgBossInstrumentation } from 'signalbox/instrumentation';
import { pgBossJobs } from 'signalbox/pg-boss';
${IS_ANY}
const box = createSignalbox();
const jobs = pgBossJobs(box, { settle: 'exact' });
const options = jobs.options({ connectionString: 'postgres://localhost/app', schema: 'app', max: 4 });
export const optionsAreAny: IsAny<typeof options> = false;
const boss: PgBoss = jobs.boss(new PgBoss(options));
export const other: PgBoss = jobs.boss(new PgBoss(jobs.options('postgres://localhost/app')));
export const parametersAreAny: [IsAny<Parameters<typeof jobs.boss>[0]>, IsAny<Parameters<typeof jobs.monitor>[0]>] = [false, false];
export const madeIsAny: IsAny<ReturnType<typeof jobs.options>> = false;
jobs.monitor(boss, 'mail', { backlog: { size: 10 } }).stop();
const { PgBoss: Observed } = jobs.classes({ PgBoss });
class Own extends Observed {
  hello(): string { return 'hello'; }
}
const own: PgBoss = new Own(options);
export const sent: Promise<string | null> = own.send('mail', { to: 'ada' }, { retryLimit: 2 });
new PgBossInstrumentation(box).enable();
// @ts-expect-error: no boss.
jobs.boss({ send() {} });
// @ts-expect-error: no number of connections.
jobs.options({ max: 'many' });
export {};
`;
}

const GRAPHILE = `
import { makeWorkerUtils, quickAddJob, run } from 'graphile-worker';
import type { Runner, WorkerUtils } from 'graphile-worker';
import { createSignalbox } from 'signalbox';
import { GraphileWorkerInstrumentation } from 'signalbox/instrumentation';
import { graphileJobs } from 'signalbox/graphile-worker';
${IS_ANY}
const box = createSignalbox();
const jobs = graphileJobs(box, { carrier: 'payload' });
const connectionString = 'postgres://localhost/app';
export async function main(): Promise<Runner> {
  const utils: WorkerUtils = jobs.utils(await makeWorkerUtils({ connectionString }));
  await utils.addJob('mail', { to: 'ada' }, { maxAttempts: 2 });
  await jobs.adhoc(quickAddJob)({ connectionString }, 'mail', { to: 'ada' });
  jobs.monitor(utils, 'mail').stop();
  const taskList = jobs.tasks({ mail: async (payload, helpers) => helpers.logger.info(String(payload)) });
  const runner = await run(jobs.runner({ connectionString, concurrency: 2, taskList, preset: jobs.preset() }));
  return jobs.utils(runner);
}
export const parametersAreAny: [IsAny<Parameters<typeof jobs.adhoc>[0]>, IsAny<Parameters<typeof jobs.utils>[0]>, IsAny<Parameters<typeof jobs.runner>[0]>, IsAny<ReturnType<typeof jobs.preset>>] = [false, false, false, false];
new GraphileWorkerInstrumentation(box).enable();
// @ts-expect-error: no utils.
jobs.utils({ addJobs() {} });
// @ts-expect-error: a text is no number of jobs.
jobs.runner({ concurrency: 'two' });
export {};
`;

const MODULE_IS_CLASS = ["import PgBoss from 'pg-boss';", "import PgBoss = require('pg-boss');"] as const;
const HAS_CLASS = "import { PgBoss } from 'pg-boss';";

const RELEASES = [
  {
    release: 'pg-boss@10.4.2',
    program: (required: boolean) => pgBossProgram(MODULE_IS_CLASS[+required] ?? ''),
  },
  {
    release: 'pg-boss@11.1.2',
    program: (required: boolean) => pgBossProgram(MODULE_IS_CLASS[+required] ?? ''),
  },
  { release: 'pg-boss@12.0.0', program: () => pgBossProgram(HAS_CLASS) },
  { release: 'graphile-worker@0.16.6', program: () => GRAPHILE },
  { release: 'graphile-worker@0.18.0', program: () => GRAPHILE },
] as const;

describe.each(RELEASES)('types - beside $release', ({ release, program }) => {
  const app = new App(`types-of-${release}`);

  beforeAll(() => app.install(release, tarball, '@types/node@20.19.43'));

  test.each(WAYS)('types - the program of an app compiles: $way', ({ file, options, asRequired }) => {
    const at = join(app.folder, file);
    writeFileSync(at, program(asRequired));
    expect(complaints({ compiler: 'typescript', options, file: at })).toEqual([]);
  });
});
