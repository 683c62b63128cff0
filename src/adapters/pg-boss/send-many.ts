import type { FlowJob, JobInsert, PgBoss } from 'pg-boss';
import type { Enqueue } from '../../jobs/enqueue.js';
import { plain } from '../../jobs/given.js';
import type { Observation } from '../common/observed-object.js';
import { afterwards } from './after-call.js';
import type { ObservedBoss } from './boss-state.js';
import { enqueueOptions } from './boss-state.js';
import type { Fate, InsertCall, Inserted } from './duplicate-check.js';
import { fatesOf, insertionsOf } from './duplicate-check.js';
import { noteWaiting } from './expired-jobs.js';
import { mayRead } from './job-table.js';
import { Sending, sendingNow, within } from './nested-sends.js';
import { reasonOf, withoutText } from './reject-reason.js';
import { infoOf, runnableAt } from './send.js';

interface Item {
  readonly queue: unknown;
  readonly data: unknown;
  readonly options: Partial<JobInsert>;
}

/** Observes the methods that add many jobs at once: one span for all, and the signals of each. */
export function bulkSends(observed: ObservedBoss): Observation<PgBoss> {
  function all<T>(
    items: readonly Item[],
    call: () => unknown,
    emit: (enqueues: readonly Enqueue[], result: T, at: number) => void | Promise<void>,
  ): unknown {
    const queues = items.map(({ queue }) => observed.queue(queue));
    const [lead] = queues;
    const [first] = items;
    if (
      !observed.core.enabled() ||
      !lead ||
      !first ||
      queues.includes(undefined) ||
      sendingNow()?.takes(items)
    )
      return call();
    const size = items.length === 1 ? undefined : items.length;
    const span = lead.enqueue(infoOf(first.options), enqueueOptions(observed, size));
    const sending = new Sending(span.carrier, items);
    const enqueues: Enqueue[] = [];
    const rejected = (error: unknown): void => {
      sending.end();
      const described = { error: withoutText(error) };
      for (const i of leadLast(enqueues)) enqueues[i]?.rejected(reasonOf(error), described);
    };
    let result: unknown;
    try {
      result = span.run(() => {
        for (const [i, { options }] of items.entries()) {
          const enqueue = i === 0 ? span : queues[i]?.enqueue(infoOf(options), { span: 'none' });
          if (enqueue) enqueues.push(enqueue);
        }
        return within(sending, call);
      });
    } catch (error) {
      rejected(error);
      throw error;
    }
    afterwards<T>(
      observed,
      result,
      ({ value, at }) => {
        sending.end();
        return emit(enqueues, value, at);
      },
      rejected,
    );
    return result;
  }

  return {
    insert: (call, args) => {
      // If pg-boss makes the spans, it writes their context itself.
      const carrierOf = (enqueue: Enqueue | undefined) =>
        observed.spans === 'ours' ? (enqueue?.carrier ?? {}) : {};
      // Before 11 the jobs come first, and name their queues.
      const at = Array.isArray(args[0]) ? 0 : 1;
      const given: unknown = args[at];
      if (!Array.isArray(given) || given.length === 0 || !observed.core.enabled()) return call(...args);
      const { items, jobs } = insertionsOf(at === 0 ? undefined : args[0], given);
      const since = performance.now();
      const readable = mayRead(args[at + 1]);
      return all<unknown>(
        items,
        () => call(...args.slice(0, at), jobs, ...args.slice(at + 1)),
        (enqueues, result, endedAt) =>
          fatesIn(observed, items, { result, since, readable, carrier: carrierOf(enqueues[0]) }).then(
            (fates) => emitInserted(observed, items, enqueues, fates, endedAt),
          ),
      );
    },
    flow: (call, args) => {
      const jobs: unknown = args[0];
      const given = Array.isArray(jobs) ? jobs.map((job) => plain(job as FlowJob)) : [];
      const items = given.map((job) => ({ queue: job.name, data: job.data, options: plain(job.options) }));
      return all<Readonly<Record<string, unknown>> | undefined>(
        items,
        () => call(...args),
        (enqueues, ids, endedAt) => {
          for (const i of leadLast(enqueues)) {
            const id = ids?.[given[i]?.ref ?? ''];
            if (typeof id !== 'string') enqueues[i]?.untold({ endedAt });
            else accept(observed, enqueues[i], items[i], id, endedAt);
          }
        },
      );
    },
  };
}

/** The fate of each job, in whichever queue. */
async function fatesIn(
  observed: ObservedBoss,
  items: readonly Inserted[],
  about: InsertCall,
): Promise<ReadonlyMap<Inserted, Fate>> {
  const found = new Map<Inserted, Fate>();
  for (const queue of new Set(items.map((item) => item.queue))) {
    const own = items.filter((item) => item.queue === queue);
    const fates = await fatesOf(observed, String(queue), own, about);
    for (const [i, item] of own.entries()) found.set(item, fates[i] ?? 'unknown');
  }
  return found;
}

function emitInserted(
  observed: ObservedBoss,
  items: readonly Inserted[],
  enqueues: readonly Enqueue[],
  fates: ReadonlyMap<Inserted, Fate>,
  endedAt: number,
): void {
  for (const i of leadLast(enqueues)) {
    const item = items[i];
    const fate = item && fates.get(item);
    if (fate === 'accepted') accept(observed, enqueues[i], item, item?.id, endedAt);
    else if (fate === 'duplicate') enqueues[i]?.duplicate({ id: item?.given ? item.id : undefined, endedAt });
    else enqueues[i]?.untold({ endedAt });
  }
}

function accept(
  observed: ObservedBoss,
  enqueue: Enqueue | undefined,
  item: Item | undefined,
  id: string | undefined,
  endedAt: number,
): void {
  enqueue?.accepted({ id, runnableAt: runnableAt(item?.options ?? {}), endedAt });
  if (id !== undefined && enqueue) noteWaiting(observed, item?.queue, id, item?.options ?? {}, enqueue);
}

// The first enqueue has the span and ends it, so it comes last: the others are events on it.
function* leadLast(list: readonly unknown[]): Generator<number> {
  for (let i = 1; i < list.length; i++) yield i;
  yield 0;
}
