import type { RunnerOptions, WorkerUtils } from 'graphile-worker';
import { Logger, makeWorkerUtils, run } from 'graphile-worker';
import { createSignalbox } from 'signalbox';
import { graphileJobs } from 'signalbox/graphile-worker';
import type { EngineCase } from './case.js';
import { addAll, CONCURRENCY, Countdown } from './case.js';

const logger = new Logger(() => () => {});

export const ALONE = 'graphile-worker alone';
export const OBSERVED = 'with signalbox';

/** graphile-worker alone, and with signalbox. */
export function graphileCases(database: () => Promise<string>): EngineCase[] {
  return [
    { name: ALONE, prepare: async () => prepared(await database()) },
    {
      name: OBSERVED,
      prepare: async () => prepared(await database(), graphileJobs(createSignalbox())),
    },
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
  return {
    play: async (total) => {
      await addAll(total, (i) => utils.addJob('work', { i }));
      const done = countdown.start(total);
      const runner = await run(jobs ? jobs.runner(options) : options);
      await done;
      await runner.stop();
    },
    close: async () => utils.release(),
  };
}
