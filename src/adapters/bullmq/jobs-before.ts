import type { IQueueBackend, JobsOptions } from 'bullmq';
import type { BullMQAdapter } from './adapter.js';
import { LOOK } from './jobs-before-script.js';
import type { AskRedis, Place } from './queue-place.js';
import { askerOf, placeOn } from './queue-place.js';
import { storedOptions } from './stored-job.js';

/** A job as it was before a command that may end it. */
export interface FoundJob {
  readonly place: Place;
  readonly id: string;
  /** Undefined if only its id is known. */
  readonly job: FoundFields | undefined;
  /** The key of the job, with which signalbox asks the store whether the job is gone. */
  readonly key: string;
  /** signalbox found it as the parent of another job. */
  readonly isParent: boolean;
}

export interface FoundFields {
  readonly name: string;
  readonly opts: JobsOptions;
  readonly timestamp: number;
  readonly attemptsMade: number;
  readonly finishedOn: number | undefined;
}

/**
 * Looks at the jobs that a command may end. Each method sends its question at once, and neither throws nor rejects. The result is undefined if the
 * adapter can not know.
 */
export interface Looker {
  /** These jobs, and all jobs beneath them. */
  jobs(ids: readonly string[]): Looking;
  /** The jobs in these states. Of a list with more than `most` jobs, those at the given end. */
  lists(states: readonly string[], end: 'heads' | 'tails', most?: number): Looking;
  /** The next job of a scheduler. */
  tick(schedulerId: string): Looking;
  /** The job under a deduplication id. */
  deduplicated(id: string): Looking;
  /** Those of the jobs that are gone. */
  gone(of: readonly FoundJob[]): Looking;
}

type Looking = Promise<readonly FoundJob[] | undefined>;

/** The most jobs that one look finds. */
export const MOST = 10_000;
/** The name of the script. Another version of this package in the process has another one. */
const COMMAND = 'signalbox:look:1';

export function createLooker(adapter: BullMQAdapter, backend: IQueueBackend): Looker {
  const ask = askerOf(backend);
  return ask ? redisLooker(adapter, backend, ask) : otherLooker(adapter, backend);
}

function guarded<T>(adapter: BullMQAdapter, looking: Promise<T>): Promise<T | undefined> {
  return looking.catch((error: unknown) => {
    adapter.report('jobs that a command may end', error);
    return undefined;
  });
}

/** Whether the server has the script, by client. If it does not, the client sends the first run again, after the commands that follow it. */
const prepared = new WeakMap<AskRedis, { isReady: boolean }>();

function prepare(ask: AskRedis): { readonly isReady: boolean } {
  const known = prepared.get(ask);
  if (known) return known;
  const state = { isReady: false };
  prepared.set(ask, state);
  ask(async (redis) => {
    redis.defineCommand(COMMAND, { numberOfKeys: 1, lua: LOOK });
    await redis.runCommand(COMMAND, ['', 0, 'gone']);
    state.isReady = true;
  })
    // Without the script, a look gives undefined: nothing is known.
    .catch(() => undefined);
  return state;
}

function redisLooker(adapter: BullMQAdapter, backend: IQueueBackend, ask: AskRedis): Looker {
  const base = backend.toKey('');
  const script = prepare(ask);
  const plain = otherLooker(adapter, backend);

  function run(how: string, what: readonly string[], most: number = MOST): Promise<unknown> {
    return ask((redis) => redis.runCommand(COMMAND, [base, most, how, ...what]));
  }

  async function find(how: string, what: readonly string[], most?: number): Promise<readonly FoundJob[]> {
    const found = foundJobsOf((await run(how, what, most)) as readonly string[][]);
    if (found.length >= MOST)
      adapter.reportThat(
        'many',
        `one command may end more than ${MOST} jobs: signalbox emits the first ${MOST}`,
      );
    return found;
  }

  async function look(how: string, what: readonly string[], most?: number): Looking {
    return script.isReady ? find(how, what, most) : undefined;
  }

  // Mostly the server has the script from another client. If not, the client sends it again after the command, and it finds only what the command
  // left. The plain look was sent at once, and knows at least the jobs and their children.
  async function firstLook(ids: readonly string[]): Looking {
    const [found, plainly] = await Promise.all([guarded(adapter, find('jobs', ids)), plain.jobs(ids)]);
    if (!found || !plainly) return found ?? plainly;
    return [...new Map([...plainly, ...found].map((one) => [one.key, one])).values()];
  }

  return {
    jobs: (ids) => (script.isReady ? guarded(adapter, look('jobs', ids)) : firstLook(ids)),
    lists: (states, end, most) => guarded(adapter, look(end, states, most)),
    tick: (id) => guarded(adapter, look('tick', [id])),
    deduplicated: (id) => guarded(adapter, look('key', [id])),
    gone: async (of) => {
      const keys = of.map(({ key }) => key);
      const gone = await guarded(adapter, run('gone', keys));
      if (!gone) return undefined;
      const are = new Set(gone as readonly string[]);
      return of.filter(({ key }) => are.has(key));
    },
  };
}

function foundJobsOf(found: readonly string[][]): FoundJob[] {
  return found.map(
    ([prefix = '', id = '', name = '', opts = '', timestamp, attemptsMade, finishedOn, parent]) => {
      const qualifiedName = prefix.slice(0, -1);
      const place = { name: qualifiedName.slice(qualifiedName.lastIndexOf(':') + 1), qualifiedName };
      const job = {
        name,
        opts: storedOptions(opts),
        timestamp: Number(timestamp),
        attemptsMade: Number(attemptsMade ?? 0),
        finishedOn: finishedOn ? Number(finishedOn) : undefined,
      };
      return { place, id, job, key: prefix + id, isParent: parent === '1' };
    },
  );
}

/**
 * Asks only what every backend can answer: a job, and the names of its children. If a backend answers in no fixed order, a look may come too late.
 */
function otherLooker(adapter: BullMQAdapter, backend: IQueueBackend): Looker {
  const whereabouts = new WeakMap<FoundJob, IQueueBackend>();

  function found(at: IQueueBackend, place: Place, id: string, job: FoundFields | undefined): FoundJob {
    const one = { place, id, job, key: at.toKey(id), isParent: false };
    whereabouts.set(one, at);
    return one;
  }

  async function itself(id: string): Promise<FoundJob[]> {
    const job = await backend.getJobData(id);
    const place = placeOn(backend, backend.parseNodeKey(backend.toKey('')).queueName);
    return job ? [found(backend, place, id, { ...job, finishedOn: job.finishedOn })] : [];
  }

  async function children(of: string): Promise<FoundJob[]> {
    const { unprocessed = [] } = await backend.getDependencies(of, {});
    return unprocessed.map((key) => {
      const { queueName, prefix, id } = backend.parseNodeKey(key);
      const there = backend.forQueue(queueName, prefix);
      return found(there, placeOn(there, queueName), id, undefined);
    });
  }

  async function isGone(one: FoundJob): Promise<FoundJob[]> {
    return (await whereabouts.get(one)?.getJobData(one.id)) ? [] : [one];
  }

  async function all<T>(parts: readonly Promise<T[]>[]): Promise<readonly T[]> {
    return (await Promise.all(parts)).flat();
  }

  return {
    jobs: (ids) => guarded(adapter, all(ids.flatMap((id) => [itself(id), children(id)]))),
    lists: async () => undefined,
    tick: async () => undefined,
    deduplicated: async () => undefined,
    gone: (of) => guarded(adapter, all(of.map(isGone))),
  };
}
