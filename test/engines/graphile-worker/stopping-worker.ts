// A worker process as docs/graphile-worker.md has it, whose telemetry leaves in batches. Writes what has left, and that a job runs, to its output.
import { writeSync } from 'node:fs';
import { Logger, makeWorkerUtils, run } from 'graphile-worker';
import { createSignalbox } from 'signalbox';
import { graphileJobs } from 'signalbox/graphile-worker';
import { exporters } from 'signalbox/sdk';

const [connectionString = '', task = '', handlers = ''] = process.argv.slice(2);
const box = createSignalbox({
  destinations: {
    pipe: exporters({
      logs: {
        export: (records, done) => {
          writeSync(1, records.map(({ eventName }) => `${eventName}\n`).join(''));
          done({ code: 0 });
        },
        shutdown: () => Promise.resolve(),
        forceFlush: () => Promise.resolve(),
      },
    }),
  },
});
const jobs = graphileJobs(box);
const logger = new Logger(() => () => undefined);

const runner = await run(
  jobs.runner({
    connectionString,
    logger,
    noHandleSignals: handlers === 'own',
    taskList: {
      [task]: async () => {
        writeSync(1, 'running\n');
        await new Promise<void>((resolve) => process.once('SIGTERM', resolve));
      },
    },
  }),
);
if (handlers === 'own')
  process.once('SIGTERM', async () => {
    await runner.stop();
    await box.shutdown();
    process.exit(0);
  });
const utils = await makeWorkerUtils({ connectionString, logger });
await utils.addJob(task, {});
await utils.release();
