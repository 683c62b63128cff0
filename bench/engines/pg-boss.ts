import { PgBoss } from 'pg-boss';
import { createSignalbox } from 'signalbox';
import { pgBossJobs } from 'signalbox/pg-boss';
import type { EngineCase } from './case.js';
import { addAll, Countdown, once } from './case.js';

export const OWN = 'with its own OpenTelemetry';
export const EXACT = "with signalbox, settle: 'exact'";

const QUEUE = 'work';

// Each of them takes one job a poll, and polls twice a second: ten of them would need minutes for what a hundred do in seconds.
const WORKERS = 100;

/** pg-boss alone, with its own OpenTelemetry, and with signalbox. */
export function pgBossCases(database: () => Promise<string>): EngineCase[] {
  const own = (name: string, enabled: boolean): EngineCase => ({
    name,
    prepare: async () => {
      const openTelemetry = { enabled, propagateContext: enabled };
      return started(new PgBoss({ connectionString: await database(), supervise: false, openTelemetry }));
    },
  });
  const observed = (name: string, settle: 'exact' | 'approximate'): EngineCase => {
    const made = once(() => pgBossJobs(createSignalbox(), { settle }));
    return {
      name,
      prepare: async () => {
        const jobs = made();
        const options = jobs.options({ connectionString: await database(), supervise: false });
        return started(jobs.boss(new PgBoss(options)));
      },
    };
  };
  return [
    own('pg-boss alone', false),
    own(OWN, true),
    observed(EXACT, 'exact'),
    observed("with signalbox, settle: 'approximate'", 'approximate'),
  ];
}

async function started(boss: PgBoss): ReturnType<EngineCase['prepare']> {
  const countdown = new Countdown();
  await boss.start();
  await boss.createQueue(QUEUE);
  return {
    play: async (jobs) => {
      await addAll(jobs, (i) => boss.send(QUEUE, { i }));
      const done = countdown.start(jobs);
      // Workers that poll while the jobs come would ask for nothing most of the time.
      const options = { localConcurrency: WORKERS, pollingIntervalSeconds: 0.5 };
      await boss.work(QUEUE, options, async () => countdown.count());
      await done;
    },
    // Settling the last jobs is part of stopping.
    close: () => boss.stop({ graceful: true }),
  };
}
