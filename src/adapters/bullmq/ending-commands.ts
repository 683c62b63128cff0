import type { IQueueBackend } from 'bullmq';
import { inTurns } from '../common/emit-in-turns.js';
import type { Around } from '../common/function-proxy.js';
import type { Observation } from '../common/observed-object.js';
import type { BullMQAdapter } from './adapter.js';
import { hear } from './after-call.js';
import type { FoundJob, Looker } from './jobs-before.js';
import { placeOn } from './queue-place.js';
import { emitGone, emitRemoved } from './removed.js';

/** What `clean` and `obliterate` take of what has not ended. */
const LIVING = ['wait', 'paused', 'active', 'delayed', 'prioritized'] as const;
/** What `drain` takes. */
const WAITING = ['wait', 'paused', 'prioritized'] as const;
/** Jobs that BullMQ takes in one step of `obliterate`, where it is given no other number. */
const STEP = 1000;

type Looked = Promise<readonly FoundJob[] | undefined>;

/**
 * The commands of a backend that end jobs. What one may end is looked at just before it; what of that is gone after it, it has ended: jobs
 * that were left (locked, still in grace, next of a scheduler) are there, and what had ended before is not emitted again.
 */
export function endings(
  adapter: BullMQAdapter,
  backend: IQueueBackend,
  looker: Looker,
): Observation<IQueueBackend> {
  type Look = (args: readonly unknown[]) => Looked | undefined;
  type Emit<T> = (
    before: readonly FoundJob[] | undefined,
    result: T,
    endedAt: number,
    args: readonly unknown[],
  ) => unknown;

  const emitWhatIsGone: Emit<unknown> = (before, _, endedAt) =>
    before && emitGone(adapter, looker, before, endedAt);

  function removing<T>(look: Look, emit: Emit<T> = emitWhatIsGone): Around {
    return (call, args) => {
      const looking = adapter.core.enabled()
        ? adapter.quietly('jobs that a command may end', () => look(args))
        : undefined;
      if (!looking) return call(...args);
      return hear<T>(adapter, () => call(...args), {
        what: 'jobs that a command ended',
        fulfilled: async (result) => {
          const endedAt = adapter.core.now();
          await emit(await looking, result, endedAt, args);
        },
      });
    };
  }

  /** Those that BullMQ names are gone; of others that is looked at. */
  async function emitOf(
    before: readonly FoundJob[],
    named: readonly string[],
    others: readonly FoundJob[],
    endedAt: number,
  ): Promise<void> {
    const keys = new Set(named.map((id) => backend.toKey(id)));
    const ended = before.filter(({ key, job }) => keys.has(key) && job?.finishedOn === undefined);
    await inTurns(ended, (one) => emitRemoved(adapter, one, endedAt));
    await emitGone(
      adapter,
      looker,
      others.filter(({ key }) => !keys.has(key)),
      endedAt,
    );
  }

  return {
    remove: removing<unknown>(
      ([id]) => looker.jobs([String(id)]),
      (before, removed, endedAt, [id]) => {
        // BullMQ has said it of the one that was named: on Redis by 1, on PostgreSQL by how many went with it.
        const named = Number(removed) > 0 ? [String(id)] : [];
        return before && named.length > 0 && emitOf(before, named, before, endedAt);
      },
    ),
    removeUnprocessedChildren: removing(([id]) => looker.jobs([String(id)])),
    removeJobScheduler: removing(([id]) => looker.tick(String(id))),
    drain: removing(([delayed]) => looker.lists(delayed ? [...WAITING, 'delayed'] : WAITING, 'heads')),
    obliterate: removing(([options]) => {
      const { count = STEP } = (options ?? {}) as { readonly count?: number };
      return looker.lists(LIVING, 'heads', count);
    }),
    cleanJobsByState: removing<readonly string[]>(
      ([state]) => {
        const is = LIVING.find((living) => living === state);
        return is && looker.lists([is], 'tails');
      },
      (before, ids, endedAt) => {
        if (before)
          return emitOf(
            before,
            ids,
            before.filter(({ isParent }) => isParent),
            endedAt,
          );
        const place = placeOn(backend, backend.parseNodeKey(backend.toKey('')).queueName);
        for (const id of ids) emitRemoved(adapter, { place, id, job: undefined }, endedAt);
      },
    ),
  };
}
