import type { JobWithMetadata } from 'pg-boss';
import { PgBoss } from 'pg-boss';
import type { Monitor } from 'signalbox/jobs';
import { pgBossJobs } from 'signalbox/pg-boss';
import { JOB_TYPES } from '../plan.js';
import type { Stored } from './desk.js';
import { Desk } from './desk.js';
import type { Engine, EngineSetup } from './engine.js';
import { openDatabase } from './pglite.js';

/** It counts the delay of a retry in whole seconds. */
const RETRY_SECONDS = 1;
const RETRIES = 2;
const STOP_MILLIS = 10_000;

/** pg-boss on PGlite, which is PostgreSQL within this process: a queue for each type of job. */
export async function startPgBoss(setup: EngineSetup): Promise<Engine> {
  const { box, relation, workers, healthMillis, processors } = setup;
  const desk = new Desk(processors, () => RETRY_SECONDS * 1000);
  const database = await openDatabase();
  const jobs = pgBossJobs(box, { relation });
  const boss = jobs.boss(new PgBoss(jobs.options({ db: database.db, backend: 'pglite' })));
  boss.on('error', (error) => box.error('pg-boss is in trouble', { error }));
  await boss.start();
  const workerIds = new Map<string, string>();
  const monitors: Monitor[] = [];
  for (const type of JOB_TYPES) {
    await boss.createQueue(type);
    const monitor = jobs.monitor(boss, type, { intervalMillis: healthMillis });
    monitor.start();
    monitors.push(monitor);
  }
  const work = async (): Promise<void> => {
    const options = {
      includeMetadata: true,
      localConcurrency: workers,
      pollingIntervalSeconds: 0.5,
    } as const;
    for (const type of JOB_TYPES) {
      const id = await boss.work<Stored>(type, options, async ([job]) => {
        const { id: jobId, data, retryCount, signal } = job as JobWithMetadata<Stored>;
        const worker = workerIds.get(type);
        await desk.run(type, { id: jobId, stored: data, attempt: retryCount + 1, worker, signal });
      });
      workerIds.set(type, id);
    }
  };
  if (workers > 0) await work();

  return {
    unbounded: true,
    enqueue: async (job) => {
      const { stored, runnableAt } = desk.take(job);
      const { type, priority = 0 } = job;
      const options = { priority, retryLimit: RETRIES, retryDelay: RETRY_SECONDS };
      const id = await boss.send(type, stored, options);
      if (id === null) throw new Error(`pg-boss did not take ${job.id}`);
      // It would cancel one that has begun, too: no worker may come in between.
      const withdraw = (): Promise<boolean> =>
        database.alone(async () => {
          const state = (await boss.getJobById(type, id))?.state;
          if (state !== 'created') return false;
          await boss.cancel(type, id);
          desk.withdrawn(job.id);
          return true;
        });
      return { accepted: true, runnableAt, id, priority, withdraw };
    },
    counts: () => desk.counts(),
    idle: () => desk.idle(),
    shutdown: async () => {
      await boss.stop({ graceful: true, timeout: STOP_MILLIS });
      for (const monitor of monitors) monitor.stop();
      await database.close();
    },
    notes: [
      `pg-boss on embedded PGlite, ${workers} at a time of each type; retries after ${RETRY_SECONDS} s, for it counts whole seconds; it refuses nothing`,
    ],
  };
}
