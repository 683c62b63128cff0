import type { JobWithMetadata } from 'pg-boss';
import { PgBoss } from 'pg-boss';
import type { Monitor } from 'signalbox/jobs';
import { pgBossJobs } from 'signalbox/pg-boss';
import { JOB_TYPES } from '../plan.js';
import { MAX_ATTEMPTS } from './desk.js';
import { openPglite, PGLITE } from './pglite.js';
import { openPostgres, startPostgres } from './postgres.js';
import type { Address, Link, LinkSetup, Stored, StoredEngine } from './stored-engine.js';
import { stopAll } from './stored-engine.js';

/** It counts the delay of a retry in whole seconds. */
const RETRY_SECONDS = 1;
const STOP_MILLIS = 10_000;

/** pg-boss: a queue for each type of job. On PGlite, which is PostgreSQL within this process, where no other has to reach it. */
export const pgBoss: StoredEngine = {
  open: async (apart) =>
    apart
      ? startPostgres('--engine pg-boss --apart', 'pgboss')
      : { address: PGLITE, where: 'embedded PGlite', stop: async () => undefined },
  connect,
  backoffMillis: () => RETRY_SECONDS * 1000,
  note: (where, { workers }) =>
    `pg-boss on ${where}, ${workers} at a time of each type; retries after ${RETRY_SECONDS} s, for it counts whole seconds; it refuses nothing`,
};

async function connect(address: Address, setup: LinkSetup): Promise<Link> {
  const { box, relation, workers } = setup;
  const database = await (address === PGLITE ? openPglite() : openPostgres(address));
  const jobs = pgBossJobs(box, { relation });
  const boss = jobs.boss(new PgBoss(jobs.options(database.options)));
  let isOpen = true;
  boss.on('error', (error) => {
    if (isOpen) box.error('pg-boss is in trouble', { error });
  });
  await boss.start();
  const stop = (): Promise<void> => boss.stop({ graceful: true, timeout: STOP_MILLIS });

  return {
    openIntake: async (healthMillis) => {
      const monitors: Monitor[] = [];
      for (const type of JOB_TYPES) {
        await boss.createQueue(type);
        const monitor = jobs.monitor(boss, type, { intervalMillis: healthMillis });
        monitors.push(monitor);
      }
      return {
        enqueue: async ({ id: planned, type, priority = 0 }, stored) => {
          const options = { priority, retryLimit: MAX_ATTEMPTS - 1, retryDelay: RETRY_SECONDS };
          const id = await boss.send(type, stored, options);
          if (id === null) throw new Error(`pg-boss did not take ${planned}`);
          // It would cancel one that has begun, too.
          const withdraw = (): Promise<boolean> =>
            database.whileItWaits(type, id, async () => void (await boss.cancel(type, id)));
          return { id, priority, withdraw };
        },
        close: async () => stopAll(monitors),
      };
    },
    startWorkers: async (desk) => {
      const workerIds = new Map<string, string>();
      const options = {
        includeMetadata: true,
        localConcurrency: workers,
        pollingIntervalSeconds: 0.5,
      } as const;
      for (const type of workers > 0 ? JOB_TYPES : []) {
        const id = await boss.work<Stored>(type, options, async ([job]) => {
          const { id: jobId, data, retryCount, signal } = job as JobWithMetadata<Stored>;
          const worker = workerIds.get(type);
          await desk.run(type, { id: jobId, stored: data, attempt: retryCount + 1, worker, signal });
        });
        workerIds.set(type, id);
      }
      return { stop };
    },
    close: async () => {
      await stop();
      // Its pool has let go of connections that are not closed yet: the end of the server is news to them.
      isOpen = false;
      await database.close();
    },
  };
}
