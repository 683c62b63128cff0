import type { ListedSchedule } from '../../jobs/index.js';
import type { ObservedBoss } from './boss-state.js';

/** A schedule of a queue as pg-boss lists it. From 12.38 on it has the id of its latest job. */
interface Listed {
  readonly key?: string;
  readonly cron: string;
  readonly timezone?: string | null;
  readonly lastJobId?: string | null;
}

/** States of a job that has not ended. Beside it, pg-boss may add no other one. */
const OPEN: ReadonlySet<string> = new Set(['created', 'retry', 'active', 'blocked']);

/** Lists the schedules of a queue as pg-boss keeps them. If this release does not say which job is a schedule's latest, the list is empty. */
export function schedulesOf(observed: ObservedBoss, queue: string): () => Promise<readonly ListedSchedule[]> {
  return async () => {
    const { boss, table } = observed;
    const schedules = (await boss.getSchedules(queue)) as readonly Listed[];
    const known = schedules.filter((schedule) => 'lastJobId' in schedule);
    const ids = known.flatMap(({ lastJobId }) => lastJobId ?? []);
    const runs = await table.runs(queue, ids);
    const now = observed.core.now();
    return known.map(({ key, cron, timezone, lastJobId }): ListedSchedule => {
      const run = runs.get(lastJobId ?? '');
      const from = (ago: number | undefined): number | undefined =>
        ago === undefined ? undefined : now - ago;
      return {
        name: key || queue,
        cron,
        timeZone: timezone ?? 'UTC',
        cameAt: from(run?.createdFor),
        completedAt: run?.state === 'completed' ? from(run.endedFor) : undefined,
        isRunning: run !== undefined && OPEN.has(run.state),
      };
    });
  };
}
