import type { JobInsert, PgBoss, SendOptions } from 'pg-boss';
import type { Enqueue } from '../../jobs/enqueue.js';
import { plain } from '../../jobs/given.js';
import type { JobInfo } from '../../jobs/job.js';
import type { Around } from '../common/function-proxy.js';
import type { Observation } from '../common/observed-object.js';
import { afterwards } from './after-call.js';
import type { ObservedBoss } from './boss-state.js';
import { enqueueOptions } from './boss-state.js';
import { noteWaiting } from './expired-jobs.js';
import { Sending, sendingNow, within } from './nested-sends.js';
import { reasonOf, withoutText } from './reject-reason.js';

type Options = Partial<SendOptions>;

interface Request {
  readonly name: unknown;
  readonly data: unknown;
  readonly options: Options;
}

/** Observes the methods that add one job to a queue. */
export function sends(observed: ObservedBoss): Observation<PgBoss> {
  function one<T>(
    given: Request,
    call: () => unknown,
    outcome: (enqueue: Enqueue, result: T, endedAt: number) => void,
  ): unknown {
    const queue = observed.queue(given.name);
    const item = { queue: given.name, data: given.data };
    if (!queue || sendingNow()?.takes([item])) return call();
    const enqueue = queue.enqueue(infoOf(given.options), enqueueOptions(observed));
    const sending = new Sending(enqueue.carrier, [item]);
    const rejected = (error: unknown): void => {
      sending.end();
      enqueue.rejected(reasonOf(error), { error: withoutText(error) });
    };
    let result: unknown;
    try {
      result = enqueue.enter(() => within(sending, call));
    } catch (error) {
      rejected(error);
      throw error;
    }
    afterwards<T>(
      observed,
      result,
      ({ value, at }) => {
        sending.end();
        outcome(enqueue, value, at);
      },
      rejected,
    );
    return result;
  }

  const send =
    (more?: (args: readonly unknown[]) => Options): Around =>
    (call, args) => {
      const { name, data, options: own } = requestOf(args);
      const options = more ? Object.assign({}, own, more(args)) : own;
      const given = { name, data, options };
      return one<unknown>(
        given,
        () => call(...args),
        (enqueue, id, endedAt) => {
          if (id === null) enqueue.duplicate({ endedAt });
          else if (typeof id !== 'string') enqueue.untold({ endedAt });
          else {
            enqueue.accepted({ id, runnableAt: runnableAt(options), endedAt });
            noteWaiting(observed, given.name, id, options, enqueue);
          }
        },
      );
    };

  return {
    send: send(),
    sendAfter: send((args) => plain({ startAfter: args[3] as number })),
    sendThrottled: send(),
    // pg-boss may put the job off to the next slot, and does not say so.
    sendDebounced: send(() => ({ startAfter: Number.NaN })),
    upsert: (call, args) => {
      const given = requestOf(args);
      return one<{ inserted?: unknown; jobs?: readonly unknown[] } | undefined>(
        given,
        () => call(...args),
        (enqueue, result, endedAt) => {
          const id = result?.jobs?.[0];
          if (typeof id !== 'string') enqueue.untold({ endedAt });
          else if (Number(result?.inserted) > 0) {
            enqueue.accepted({ id, runnableAt: runnableAt(given.options), endedAt });
            noteWaiting(observed, given.name, id, given.options, enqueue);
          } else enqueue.duplicate({ id, endedAt });
        },
      );
    },
  };
}

function requestOf(args: readonly unknown[]): Request {
  const [first, data, options] = args;
  if (typeof first !== 'object') return { name: first, data, options: plain(options as SendOptions) };
  const request = plain(first as { name: unknown; data: unknown; options: SendOptions });
  return { name: request.name, data: request.data, options: plain(request.options) };
}

/** What a job's options say of it. */
export function infoOf({ id, priority, retryLimit }: Partial<JobInsert>): JobInfo {
  return { id, priority, maxAttempts: retryLimit === undefined ? undefined : retryLimit + 1 };
}

/** When a job of these options can run. Undefined if it can at once, or if that can not be known. */
export function runnableAt({ startAfter }: Partial<JobInsert>): number | undefined {
  if (typeof startAfter === 'number') return startAfter > 0 ? Date.now() + startAfter * 1000 : undefined;
  if (startAfter instanceof Date) return startAfter.getTime();
  // pg-boss reads a text without a zone as UTC, which Date does not.
  return typeof startAfter === 'string' && /\d(Z|[+-]\d\d:?\d\d)$/.test(startAfter)
    ? Date.parse(startAfter)
    : undefined;
}
