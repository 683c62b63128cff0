// A worker process whose task never ends. Tells each start on its standard output.
import { Logger, run } from 'graphile-worker';
import { createSignalbox } from 'signalbox';
import { graphileJobs } from 'signalbox/graphile-worker';

const [connectionString = '', task = ''] = process.argv.slice(2);
const jobs = graphileJobs(createSignalbox());

await run(
  jobs.runner({
    connectionString,
    logger: new Logger(() => () => undefined),
    noHandleSignals: true,
    pollInterval: 50,
    taskList: {
      [task]: (_payload, { job }) => {
        process.stdout.write(`started ${job.id}\n`);
        return new Promise<void>((resolve) => setTimeout(resolve, 120_000));
      },
    },
  }),
);
