import { inTurns } from '../common/emit-in-turns.js';
import type { Around } from '../common/function-proxy.js';
import type { Observation } from '../common/observed-object.js';
import { abandon } from './abandon.js';
import { afterLook, afterwards, following } from './after-call.js';
import type { ObservedBoss } from './boss-state.js';
import type { Boss } from './engine.js';
import type { JobRow } from './job-row.js';
import { isWaiting } from './job-row.js';
import { mayRead } from './job-table.js';

/** Observes the commands that end or bring back jobs of a whole queue. pg-boss only counts the jobs: the table says which ones. */
export function queueCommands(observed: ObservedBoss): Observation<Boss> {
  const { core, table } = observed;

  // Read the jobs that have not ended before the command, since afterwards they are gone. The command waits for the read, because the connections of
  // a pool answer in no order.
  const removing =
    (
      which: 'queued' | 'all',
      goneOf: (name: string, before: readonly JobRow[]) => readonly JobRow[] | Promise<readonly JobRow[]>,
    ): Around =>
    (call, args, self) => {
      const queue = core.enabled() ? observed.queue(args[0]) : undefined;
      // signalbox does not read all queues at once.
      if (!queue) return forgetting(call, args, self);
      const seen = queue.now();
      const reading = table.live(queue.name, which);
      const leaving = observed.waiting.get(queue.name)?.leave();
      const emitted = observed.running.commands.begin([queue.name]);
      const over = (): void => {
        emitted();
        leaving?.();
      };
      const emit = async (): Promise<void> => {
        observed.waiting.get(queue.name)?.forget();
        const before = await reading;
        if (before.length === 0) return;
        // First emit the starts of jobs that were fetched just now.
        const begun = observed.running.begun(before.map(({ id }) => id));
        if (begun) await begun;
        await inTurns(await goneOf(queue.name, before), (row) => {
          if (isWaiting(row)) queue.alive({ id: row.id }, seen);
          abandon(queue, row, 'removed');
          observed.ended(queue, row.id);
        });
      };
      return following(over, () => {
        const result = afterLook([reading, observed.running.heard.on([queue.name])], () => call(...args));
        afterwards(observed, result, () => emit().finally(over), over);
        return result;
      });
    };

  // A job that is gone after the command may have ended before.
  const forgetting: Around = (call, args) => {
    const [name] = args;
    const result = call(...args);
    afterwards(observed, result, () => {
      for (const [queue, waiting] of observed.waiting)
        if (typeof name !== 'string' || queue === name) waiting.forget();
    });
    return result;
  };

  // Jobs that a worker took meanwhile are still there.
  const removingQueued = removing('queued', (name, before) => table.gone(name, before));
  return {
    deleteStoredJobs: forgetting,
    clearStorage: forgetting,
    deleteQueuedJobs: removingQueued,
    purgeQueue: removingQueued,
    deleteAllJobs: removing('all', (name, before) => table.gone(name, before)),
    deleteQueue: removing('all', (name, before) => table.gone(name, before)),
    redrive: (call, args) => {
      const since = performance.now();
      const moving = call(...args);
      const [, options] = args as [unknown, { readonly destination?: string } | undefined];
      if (core.enabled() && mayRead(options))
        afterwards<unknown>(observed, moving, ({ value }) =>
          emitRedriven(since, value, options?.destination),
        );
      return moving;
    },
  };

  // A redriven job is a new one, with an id of its own, in the trace of the job that had failed.
  async function emitRedriven(since: number, moved: unknown, destination: string | undefined): Promise<void> {
    if (typeof moved !== 'number' || moved === 0) return;
    const rows = await table.redriven(since, destination);
    if (!rows) return;
    // Another redrive ran at the same time, perhaps in another process: nobody knows which jobs are whose.
    if (rows.length !== moved) throw new Error(`${moved} jobs were redriven, ${rows.length} were found`);
    for (const { id, queue, carrier } of rows) observed.queue(queue)?.revived({ id }, { carrier });
  }
}
