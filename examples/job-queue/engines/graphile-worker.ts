import { EventEmitter } from 'node:events';
import type { TaskList, WorkerEvents } from 'graphile-worker';
import { Logger, makeWorkerUtils, run } from 'graphile-worker';
import pg from 'pg';
import { graphileJobs } from 'signalbox/graphile-worker';
import { JOB_TYPES } from '../plan.js';
import type { Stored } from './desk.js';
import { Desk } from './desk.js';
import type { Engine, EngineSetup } from './engine.js';
import { startPostgres } from './postgres.js';

const ATTEMPTS = 3;
/** Its own, which can not be chosen: e, e², … seconds. */
const backoff = (attempt: number): number => Math.exp(Math.min(attempt, 10)) * 1000;

/** graphile-worker on PostgreSQL: a task for each type of job. */
export async function startGraphile(setup: EngineSetup): Promise<Engine> {
  const { box, relation, workers, healthMillis, processors } = setup;
  const postgres = await startPostgres();
  const desk = new Desk(processors, backoff);
  const logger = new Logger(() => () => undefined);
  const { schema } = postgres;
  const jobs = graphileJobs(box, { relation, schema });
  const pgPool = new pg.Pool({ connectionString: postgres.url, max: workers + 4 });
  const told = (error: Error): void => box.error('PostgreSQL is in trouble', { error });
  pgPool.on('error', told);
  pgPool.on('connect', (client) => client.on('error', told));
  const utils = jobs.utils(await makeWorkerUtils({ pgPool, logger, schema }));
  await utils.migrate();

  // A task is not told which worker runs it.
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
  const options = { pgPool, logger, schema, events, taskList, noHandleSignals: true };
  const runner =
    workers > 0 ? await run(jobs.runner({ ...options, concurrency: workers, pollInterval: 200 })) : undefined;
  const monitors = JOB_TYPES.map((type) => jobs.monitor(utils, type, { intervalMillis: healthMillis }));
  for (const monitor of monitors) monitor.start();

  return {
    unbounded: true,
    enqueue: async (job) => {
      const { stored, runnableAt } = desk.take(job);
      // Here the lowest number is first.
      const priority = 0 - (job.priority ?? 0);
      const { id } = await utils.addJob(job.type, stored, { priority, maxAttempts: ATTEMPTS });
      const withdraw = async (): Promise<boolean> => {
        const failed = await utils.permanentlyFailJobs([id], 'withdrawn');
        if (failed.length === 1) desk.withdrawn(job.id);
        return failed.length === 1;
      };
      return { accepted: true, runnableAt, id, priority, withdraw };
    },
    counts: () => desk.counts(),
    idle: () => desk.idle(),
    shutdown: async () => {
      await runner?.stop();
      for (const monitor of monitors) monitor.stop();
      await utils.release();
      await pgPool.end();
      await postgres.stop();
    },
    notes: [
      `graphile-worker on ${postgres.where}; retries after 2.7 and 7.4 s, its own backoff; it refuses nothing`,
    ],
  };
}
