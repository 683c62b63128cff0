import type { FlowJob, JobInsert, PgBoss } from 'pg-boss';
import type { Enqueue } from '../../jobs/enqueue.js';
import { plain } from '../../jobs/given.js';
import { quietly } from '../../jobs/queue-state.js';
import type { ObservedBoss } from './observed-boss.js';
import { enqueueOptions } from './observed-boss.js';
import { reasonOf, withoutText } from './reason.js';
import { infoOf, runnableAt } from './send.js';

interface Item {
  readonly queue: unknown;
  readonly options: Partial<JobInsert>;
}

/** The ways into queues of many jobs at once, observed: one span for all, the signals of each. */
export function bulkSends(observed: ObservedBoss): Pick<PgBoss, 'insert' | 'flow'> {
  const { boss } = observed;

  async function all<T>(
    items: readonly Item[],
    call: () => Promise<T>,
    tell: (enqueues: readonly Enqueue[], result: T) => void,
  ): Promise<T> {
    const queues = items.map(({ queue }) => observed.queue(queue));
    const [lead] = queues;
    const [first] = items;
    if (!lead || !first || queues.includes(undefined)) return call();
    const size = items.length === 1 ? undefined : items.length;
    const span = lead.enqueue(infoOf(first.options), enqueueOptions(observed, size));
    const enqueues: Enqueue[] = [];
    let result: T;
    try {
      result = await span.run(() => {
        const sent = observed.bridge.sending(span.carrier, call);
        for (const [i, { options }] of items.entries()) {
          const enqueue = i === 0 ? span : queues[i]?.enqueue(infoOf(options), { span: 'none' });
          if (!enqueue) continue;
          if (i > 0) void enqueue.run(() => sent);
          enqueues.push(enqueue);
        }
        return sent;
      });
    } catch (error) {
      const told = { error: withoutText(error) };
      for (const i of leadLast(enqueues)) enqueues[i]?.rejected(reasonOf(error), told);
      throw error;
    }
    quietly(observed.core, 'enqueue', () => tell(enqueues, result));
    return result;
  }

  const insert = async (...args: unknown[]): Promise<string[] | null> => {
    const [name, jobs, options] = args as Parameters<PgBoss['insert']>;
    const items = Array.isArray(jobs) ? jobs.map((job) => ({ queue: name, options: plain(job) })) : [];
    const ids = await all(
      items,
      // Without their ids it could not be told how many were accepted.
      () => boss.insert(name, jobs, items.length > 0 ? { ...options, returnId: true } : options),
      (enqueues, accepted) => tellInserted(items, enqueues, accepted ?? []),
    );
    return options?.returnId === true ? ids : null;
  };

  const flow = async (...args: unknown[]): Promise<Record<string, string>> => {
    const [jobs, options] = args as Parameters<PgBoss['flow']>;
    const given: FlowJob[] = Array.isArray(jobs) ? jobs.map((job) => plain(job) as FlowJob) : [];
    const items = given.map((job) => ({ queue: job.name, options: plain(job.options) }));
    return all(
      items,
      () => boss.flow(jobs, options),
      (enqueues, ids) => {
        for (const i of leadLast(enqueues)) {
          const ref = given[i]?.ref;
          const id = ref === undefined ? undefined : ids[ref];
          enqueues[i]?.accepted({ id, runnableAt: runnableAt(items[i]?.options ?? {}) });
        }
      },
    );
  };
  return { insert, flow };
}

// Ids that were given are known; the others are the rest of what was accepted, as many as there are.
function tellInserted(
  items: readonly Item[],
  enqueues: readonly Enqueue[],
  accepted: readonly string[],
): void {
  const given = new Set(items.flatMap(({ options: { id } }) => (id === undefined ? [] : [id])));
  const landed = new Set(accepted);
  const others = accepted.filter((id) => !given.has(id));
  const ids = items.map(({ options }) => {
    if (options.id !== undefined) return landed.has(options.id) ? options.id : undefined;
    return others.shift();
  });
  for (const i of leadLast(enqueues)) {
    const id = ids[i];
    if (id === undefined) enqueues[i]?.duplicate();
    else enqueues[i]?.accepted({ id, runnableAt: runnableAt(items[i]?.options ?? {}) });
  }
}

// The first has the span, and ends it: the others are events on it.
function* leadLast(list: readonly unknown[]): Generator<number> {
  for (let i = 1; i < list.length; i++) yield i;
  yield 0;
}
