import type { PgBoss } from 'pg-boss';
import { chained } from '../common/chained.js';
import { facade } from '../common/facade.js';
import { bulkSends } from './bulk.js';
import { commands } from './commands.js';
import type { ObservedBoss } from './observed-boss.js';
import { queueCommands } from './queue-commands.js';
import { sends } from './send.js';
import { idsOf } from './settled.js';
import { WorkerWatch } from './work.js';

/** The facade of a boss. */
export function observeBoss(observed: ObservedBoss): PgBoss {
  const { boss } = observed;
  const workers = new WorkerWatch(observed);

  boss.on('stopped', () => {
    observed.stopped = true;
    workers.stopped();
  });
  boss.on('warning', ({ data }) => {
    const { type, jobs } = data as { type?: unknown; jobs?: unknown };
    if (type !== 'handler_overrun') return;
    const attempts = idsOf(jobs).flatMap((id) => observed.running.get(id) ?? []);
    // Its time limit has just been told to us as well, and is being settled.
    void Promise.allSettled([...observed.settling]).then(() => {
      for (const attempt of attempts) attempt.overrun();
    });
  });

  const seen: PgBoss = facade<PgBoss>(boss, {
    ...sends(observed),
    ...bulkSends(observed),
    ...commands(observed),
    ...queueCommands(observed),
    ...chained(boss, () => seen),
    work: workers.work as PgBoss['work'],
    offWork: workers.offWork,
    start: async (...args) => {
      observed.stopping = false;
      observed.stopped = false;
      await boss.start(...args);
      return seen;
    },
    stop: async (...args) => {
      observed.stopping = true;
      await boss.stop(...args);
      // What settles may begin something more that does.
      while (observed.settling.size > 0) await Promise.allSettled([...observed.settling]);
    },
  });
  return seen;
}
