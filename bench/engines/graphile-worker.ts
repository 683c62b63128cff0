import type { RunnerOptions, WorkerUtils } from 'graphile-worker';
import { Logger, makeWorkerUtils, run } from 'graphile-worker';
import { createSignalbox } from 'signalbox';
import { graphileJobs } from 'signalbox/graphile-worker';
import type { EngineCase } from './case.js';
import { addAll, CONCURRENCY, Countdown, once } from './case.js';

const logger = new Logger(() => () => {});

export const ALONE = 'graphile-worker alone';
export const OBSERVED = 'with signalbox';

/** graphile-worker alone, and with signalbox. */
export function graphileCases(database: () => Promise<string>): EngineCase[] {
  const observed = once(() => graphileJobs(createSignalbox()));
  return [
    { name: ALONE, prepare: async () => prepared(await database()) },
    { name: OBSERVED, prepare: async () => prepared(await database(), observed()) },
  ];
}

async function prepared(
  connectionString: string,
  jobs?: ReturnType<typeof graphileJobs>,
): ReturnType<EngineCase['prepare']> {
  const made = await makeWorkerUtils({ connectionString, logger });
  await made.migrate();
  const utils: WorkerUtils = jobs ? jobs.utils(made) : made;
  const countdown = new Countdown();
  const options: RunnerOptions = {
    connectionString,
    logger,
    concurrency: CONCURRENCY,
    noHandleSignals: true,
    taskList: { work: async () => countdown.count() },
  };
  const runner = await run(jobs ? jobs.runner(options) : options);
  return {
    play: async (total) => {
      const done = countdown.start(total);
      await addAll(total, (i) => utils.addJob('work', { i }));
      await done;
    },
    close: async () => {
      await runner.stop();
      await utils.release();
    },
  };
}
