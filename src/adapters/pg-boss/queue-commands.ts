import type { PgBoss } from 'pg-boss';
import { abandon, mayRead, tellQuietly } from './commands.js';
import type { JobRow } from './job-table.js';
import type { ObservedBoss } from './observed-boss.js';

type QueueCommands = Pick<PgBoss, 'deleteQueuedJobs' | 'deleteAllJobs' | 'deleteQueue' | 'redrive'>;

/** The commands that end or bring back jobs of a whole queue, observed. pg-boss only counts what they did: the table says which jobs. */
export function queueCommands(observed: ObservedBoss): Partial<QueueCommands> {
  const { boss, core, table } = observed;

  // What has not ended is read before, since afterwards nothing tells of it.
  async function removing<T>(
    name: string | undefined,
    which: 'queued' | 'all',
    command: () => Promise<T>,
    goneOf: (before: readonly JobRow[]) => Promise<readonly JobRow[]>,
  ): Promise<T> {
    // All queues at once are not read.
    const queue = core.enabled() ? observed.queue(name) : undefined;
    const before = queue ? await table.live(queue.name, which) : [];
    const result = await command();
    await tellQuietly(observed, async () => {
      if (queue && before.length > 0) for (const row of await goneOf(before)) abandon(queue, row, 'removed');
    });
    return result;
  }

  const commands: QueueCommands = {
    // Those that a worker took meanwhile are still there.
    deleteQueuedJobs: (name) =>
      removing(
        name,
        'queued',
        () => boss.deleteQueuedJobs(name),
        (before) => table.gone(name, before),
      ),
    deleteAllJobs: (name) =>
      removing(
        name,
        'all',
        () => boss.deleteAllJobs(name),
        (before) => table.gone(name ?? '', before),
      ),
    deleteQueue: (name) =>
      removing(
        name,
        'all',
        () => boss.deleteQueue(name).finally(() => table.forget(name)),
        // Its table may be gone with it.
        async (before) => before,
      ),
    redrive: async (name, options) => {
      let since: number | undefined;
      if (core.enabled() && mayRead(options))
        await tellQuietly(observed, async () => {
          since = await table.now();
        });
      const moved = await boss.redrive(name, options);
      if (since !== undefined && moved > 0) await tellRedriven(since, moved, options?.destination);
      return moved;
    },
  };

  // A job that is redriven is a new one, with an id of its own, in the trace of the one that had failed.
  const tellRedriven = (since: number, moved: number, destination: string | undefined): Promise<void> =>
    tellQuietly(observed, async () => {
      const rows = await table.redriven(since, destination);
      // Another redrive at the same time, perhaps of another process: whose is whose nobody knows.
      if (rows.length !== moved) throw new Error(`${moved} jobs were redriven, ${rows.length} were found`);
      for (const { id, queue, carrier } of rows) observed.queue(queue)?.revived({ id }, { carrier });
    });

  // Older ones do not have them all.
  return Object.fromEntries(
    Object.entries(commands).filter(([name]) => typeof boss[name as keyof QueueCommands] === 'function'),
  );
}
