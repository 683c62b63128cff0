import type { JobInsert, PgBoss, SendOptions } from 'pg-boss';
import type { Enqueue } from '../../jobs/enqueue.js';
import { plain } from '../../jobs/given.js';
import type { JobInfo } from '../../jobs/job.js';
import { quietly } from '../../jobs/queue-state.js';
import type { ObservedBoss } from './observed-boss.js';
import { enqueueOptions } from './observed-boss.js';
import { reasonOf, withoutText } from './reason.js';

type Options = Partial<SendOptions>;

/** The ways into a queue of one job each, observed. */
export function sends(
  observed: ObservedBoss,
): Pick<PgBoss, 'send' | 'sendAfter' | 'sendThrottled' | 'sendDebounced' | 'upsert'> {
  const { boss } = observed;

  async function one<T>(
    given: { readonly name: unknown; readonly options: Options },
    call: () => Promise<T>,
    outcome: (enqueue: Enqueue, result: T) => void,
  ): Promise<T> {
    const queue = observed.queue(given.name);
    if (!queue) return call();
    const enqueue = queue.enqueue(infoOf(given.options), enqueueOptions(observed));
    let result: T;
    try {
      result = await enqueue.run(() => observed.bridge.sending(enqueue.carrier, call));
    } catch (error) {
      enqueue.rejected(reasonOf(error), { error: withoutText(error) });
      throw error;
    }
    quietly(observed.core, 'enqueue', () => outcome(enqueue, result));
    return result;
  }

  function send(method: (...args: never[]) => Promise<string | null>, args: unknown[], options: Options) {
    const given = requestOf(args);
    const all = { ...given.options, ...options };
    return one(
      { name: given.name, options: all },
      () => Reflect.apply(method, boss, args) as Promise<string | null>,
      (enqueue, id) => {
        if (id === null) enqueue.duplicate();
        else enqueue.accepted({ id, runnableAt: runnableAt(all) });
      },
    );
  }

  return {
    send: (...args: unknown[]) => send(boss.send, args, {}),
    sendAfter: (...args: unknown[]) => send(boss.sendAfter, args, plain({ startAfter: args[3] as number })),
    sendThrottled: (...args: unknown[]) => send(boss.sendThrottled, args, {}),
    // It may be put off to the next slot, which pg-boss does not tell.
    sendDebounced: (...args: unknown[]) => send(boss.sendDebounced, args, { startAfter: Number.NaN }),
    upsert: (...args: unknown[]) => {
      const given = requestOf(args);
      return one(
        given,
        () => Reflect.apply(boss.upsert, boss, args) as ReturnType<PgBoss['upsert']>,
        (enqueue, { inserted, jobs: [id] }) => {
          if (inserted > 0) enqueue.accepted({ id, runnableAt: runnableAt(given.options) });
          else enqueue.duplicate({ id });
        },
      );
    },
  };
}

function requestOf(args: readonly unknown[]): { readonly name: unknown; readonly options: Options } {
  const [first, , options] = args;
  if (typeof first !== 'object') return { name: first, options: plain(options as SendOptions) };
  const request = plain(first as { name: unknown; options: SendOptions });
  return { name: request.name, options: plain(request.options) };
}

/** What its options tell of a job. */
export function infoOf({ id, priority, retryLimit }: Partial<JobInsert>): JobInfo {
  return { id, priority, maxAttempts: retryLimit === undefined ? undefined : retryLimit + 1 };
}

/** When a job of these options can run; undefined for at once, and where that can not be told. */
export function runnableAt({ startAfter }: Partial<JobInsert>): number | undefined {
  if (typeof startAfter === 'number') return startAfter > 0 ? Date.now() + startAfter * 1000 : undefined;
  if (startAfter instanceof Date) return startAfter.getTime();
  // pg-boss reads a text without a zone as UTC, which Date does not.
  return typeof startAfter === 'string' && /\d(Z|[+-]\d\d:?\d\d)$/.test(startAfter)
    ? Date.parse(startAfter)
    : undefined;
}
