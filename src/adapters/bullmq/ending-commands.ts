import type { IQueueBackend } from 'bullmq';
import { inTurns } from '../common/emit-in-turns.js';
import type { Around } from '../common/function-proxy.js';
import type { Observation } from '../common/observed-object.js';
import type { BullMQAdapter } from './adapter.js';
import { hear } from './after-call.js';
import type { FoundJob, Looker } from './jobs-before.js';
import { placeOn } from './queue-place.js';
import { emitGone, emitRemoved } from './removed.js';

/** The states of jobs that `clean` and `obliterate` can end. */
const LIVING = ['wait', 'paused', 'active', 'delayed', 'prioritized'] as const;
/** The states of jobs that `drain` ends. */
const WAITING = ['wait', 'paused', 'prioritized'] as const;
/** How many jobs BullMQ takes in one step of `obliterate` by default. */
const STEP = 1000;

type Looked = Promise<readonly FoundJob[] | undefined>;

/**
 * Observes the commands of a backend that end jobs. Just before a command, signalbox looks at the jobs that it may end. The command has ended those
 * that are gone after it. Jobs that it left (locked, still in grace, next of a scheduler) are still there, and signalbox does not emit jobs again
 * that had ended before.
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

  /** The jobs that BullMQ names are gone. For the others, signalbox looks. */
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
        // The answer says whether the named job is gone: on Redis 1, on PostgreSQL how many jobs went with it.
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
