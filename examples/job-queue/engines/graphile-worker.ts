import { EventEmitter } from 'node:events';
import type { TaskList, WorkerEvents } from 'graphile-worker';
import { Logger, makeWorkerUtils, run } from 'graphile-worker';
import pg from 'pg';
import { graphileJobs } from 'signalbox/graphile-worker';
import { JOB_TYPES } from '../plan.js';
import type { Desk } from './desk.js';
import { MAX_ATTEMPTS } from './desk.js';
import { startPostgres } from './postgres.js';
import type { Address, Link, LinkSetup, Stored, StoredEngine } from './stored-engine.js';
import { stopAll } from './stored-engine.js';

/** graphile-worker on PostgreSQL: a task for each type of job. */
export const graphile: StoredEngine = {
  open: () => startPostgres('--engine graphile-worker', 'graphile_worker'),
  connect,
  // Its own, which can not be chosen: e, e², … seconds.
  backoffMillis: (attempt) => Math.exp(Math.min(attempt, 10)) * 1000,
  note: (where) =>
    `graphile-worker on ${where}; retries after 2.7 and 7.4 s, its own backoff; it refuses nothing`,
};

async function connect({ url, namespace: schema }: Address, setup: LinkSetup): Promise<Link> {
  const { box, relation, workers } = setup;
  const logger = new Logger(() => () => undefined);
  const jobs = graphileJobs(box, { relation, schema });
  const pgPool = new pg.Pool({ connectionString: url, max: workers + 4 });
  let isOpen = true;
  const told = (error: Error): void => {
    if (isOpen) box.error('PostgreSQL is in trouble', { error });
  };
  pgPool.on('error', told);
  pgPool.on('connect', (client) => client.on('error', told));

  return {
    openIntake: async (healthMillis) => {
      const utils = jobs.utils(await makeWorkerUtils({ pgPool, logger, schema }));
      await utils.migrate();
      const monitors = JOB_TYPES.map((type) => jobs.monitor(utils, type, { intervalMillis: healthMillis }));
      return {
        enqueue: async (job, stored) => {
          // Here the lowest number is first.
          const priority = 0 - (job.priority ?? 0);
          const { id } = await utils.addJob(job.type, stored, { priority, maxAttempts: MAX_ATTEMPTS });
          const withdraw = async (): Promise<boolean> =>
            (await utils.permanentlyFailJobs([id], 'withdrawn')).length === 1;
          return { id, priority, withdraw };
        },
        close: async () => {
          stopAll(monitors);
          await utils.release();
        },
      };
    },
    startWorkers: async (desk) => {
      const options = { pgPool, logger, schema, ...tasks(desk), noHandleSignals: true };
      const runner =
        workers > 0
          ? await run(jobs.runner({ ...options, concurrency: workers, pollInterval: 200 }))
          : undefined;
      return { stop: async () => runner?.stop() };
    },
    close: async () => {
      await pgPool.end();
      // It has let go of connections that are not closed yet: the end of the server is news to them.
      isOpen = false;
    },
  };
}

/** A task for each type of job; by the events it is known which worker runs it, which no task is told. */
function tasks(desk: Desk): { readonly events: WorkerEvents; readonly taskList: TaskList } {
  const workerOf = new Map<string, string>();
  const events: WorkerEvents = new EventEmitter();
  events.on('job:start', ({ worker, job }) => workerOf.set(job.id, worker.workerId));
  const taskList: TaskList = Object.fromEntries(
    JOB_TYPES.map((type) => [
      type,
      async (payload, { job, abortSignal }) => {
        const { id, attempts: attempt } = job;
        const worker = workerOf.get(id);
        workerOf.delete(id);
        await desk.run(type, { id, stored: payload as Stored, attempt, worker, signal: abortSignal });
      },
    ]),
  );
  return { events, taskList };
}
