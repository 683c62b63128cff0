import type { IQueueBackend } from 'bullmq';
import type { Observation } from '../common/in-place.js';
import { inTurns } from '../common/in-turns.js';
import type { Around } from '../common/over.js';
import type { Adapter } from './adapter.js';
import { hear } from './hear.js';
import type { Looker, Standing } from './look.js';
import { tellGone, tellRemoved } from './removed.js';
import { placeOn } from './store.js';

/** What `clean` and `obliterate` take of what has not ended. */
const LIVING = ['wait', 'paused', 'active', 'delayed', 'prioritized'] as const;
/** What `drain` takes. */
const WAITING = ['wait', 'paused', 'prioritized'] as const;
/** Jobs that BullMQ takes in one step of `obliterate`, where it is told no other number. */
const STEP = 1000;

type Looked = Promise<readonly Standing[] | undefined>;

/**
 * The commands of a backend that end jobs. What one may end is looked at just before it; what of that is gone after it, it has ended: jobs
 * that were left (locked, still in grace, next of a scheduler) are there, and what had ended before is not told again.
 */
export function endings(
  adapter: Adapter,
  backend: IQueueBackend,
  looker: Looker,
): Observation<IQueueBackend> {
  type Look = (args: readonly unknown[]) => Looked | undefined;
  type Tell<T> = (
    before: readonly Standing[] | undefined,
    result: T,
    endedAt: number,
    args: readonly unknown[],
  ) => unknown;

  const tellWhatIsGone: Tell<unknown> = (before, _, endedAt) =>
    before && tellGone(adapter, looker, before, endedAt);

  function removing<T>(look: Look, tell: Tell<T> = tellWhatIsGone): Around {
    return (call, args) => {
      const looking = adapter.core.enabled()
        ? adapter.quietly('jobs that a command may end', () => look(args))
        : undefined;
      if (!looking) return call(...args);
      return hear<T>(adapter, () => call(...args), {
        what: 'jobs that a command ended',
        fulfilled: async (result) => {
          const endedAt = adapter.core.now();
          await tell(await looking, result, endedAt, args);
        },
      });
    };
  }

  /** Those that BullMQ names are gone; of others that is looked at. */
  async function tellOf(
    before: readonly Standing[],
    named: readonly string[],
    others: readonly Standing[],
    endedAt: number,
  ): Promise<void> {
    const keys = new Set(named.map((id) => backend.toKey(id)));
    const ended = before.filter(({ key, job }) => keys.has(key) && job?.finishedOn === undefined);
    await inTurns(ended, (one) => tellRemoved(adapter, one, endedAt));
    await tellGone(
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
        return before && named.length > 0 && tellOf(before, named, before, endedAt);
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
          return tellOf(
            before,
            ids,
            before.filter(({ isParent }) => isParent),
            endedAt,
          );
        const place = placeOn(backend, backend.parseNodeKey(backend.toKey('')).queueName);
        for (const id of ids) tellRemoved(adapter, { place, id, job: undefined }, endedAt);
      },
    ),
  };
}
