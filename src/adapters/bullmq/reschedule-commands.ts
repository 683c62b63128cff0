import type { IQueueBackend, Job } from 'bullmq';
import type { Around } from '../common/function-proxy.js';
import type { Observation } from '../common/observed-object.js';
import type { BullMQAdapter, Moved } from './adapter.js';
import { hear } from './after-call.js';
import { keyAt, whereabouts, whereOf } from './queue-place.js';

/**
 * Observes the commands of a backend that change when jobs can run: promotions, other delays, revivals. No field of a job tells of them afterwards,
 * so the adapter remembers those of this process.
 */
export function moves(adapter: BullMQAdapter, backend: IQueueBackend): Observation<IQueueBackend> {
  const of = (what: string, remember: (args: readonly unknown[], now: number) => () => void): Around => {
    return (call, args) => {
      // Remember before the call: the job may run before the answer is here.
      const undo = adapter.quietly(what, () => remember(args, adapter.core.now()));
      return hear(adapter, () => call(...args), {
        what,
        fulfilled: () => undefined,
        rejected: () => undo?.(),
      });
    };
  };
  const one = (id: unknown, moved: Moved): (() => void) => {
    const key = keyAt(whereabouts(backend), String(id));
    adapter.moved.keep(key, moved);
    return () => adapter.moved.forget(key);
  };
  const all = (memory: BullMQAdapter['promotedAll'], now: number): (() => void) => {
    const where = whereOf(whereabouts(backend));
    const before = memory.get(where);
    memory.keep(where, now);
    return () => (before === undefined ? memory.forget(where) : memory.keep(where, before));
  };
  return {
    changeDelay: of('a changed delay', ([id, delay], now) =>
      one(id, { doneAt: now, runnableAt: now + Math.max(0, Number(delay)) }),
    ),
    promote: of('a promoted job', ([id], now) => one(id, { doneAt: now, runnableAt: now })),
    promoteJobs: of('promoted jobs', (_, now) => all(adapter.promotedAll, now)),
    retryFinishedJob: of('a job that is brought back', ([job, , options], now) => {
      const { id, attemptsStarted } = job as Job;
      const { resetAttemptsStarted } = (options ?? {}) as { readonly resetAttemptsStarted?: boolean };
      return one(id, { doneAt: now, runnableAt: now, starts: resetAttemptsStarted ? 0 : attemptsStarted });
    }),
    retryFinishedJobs: of('jobs that are brought back', (_, now) => all(adapter.revivedAll, now)),
  };
}
