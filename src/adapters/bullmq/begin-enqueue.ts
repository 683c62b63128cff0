import type { Job } from 'bullmq';
import type { StartedEnqueue } from '../../jobs/enqueue.js';
import type { QueueHandle } from '../../jobs/queue.js';
import type { BullMQAdapter, JobOptions } from './adapter.js';
import { readMetadata, writeMetadata } from './job-carrier.js';
import { infoOf } from './job-facts.js';
import type { Place } from './queue-place.js';
import { telemetryAt } from './queue-place.js';
import { refusalOf, withoutText } from './reject-reason.js';

/** One job on its way into a queue. */
export interface Adding {
  readonly enqueue: StartedEnqueue;
  readonly place: Place;
  /** The options to give to BullMQ: made here, as their `telemetry` is. */
  readonly opts: JobOptions;
  /** Something else may stand under its id already. */
  readonly mayBeThere: boolean;
  /** BullMQ removes the delayed job with this deduplication id, without an event, to make room for the new one. */
  readonly replaces: string | undefined;
}

export interface AddingInfo {
  readonly place: Place;
  readonly name: string;
  readonly opts: JobOptions | undefined;
  /** The queue's own, beneath them. */
  readonly defaults: JobOptions;
  /** BullMQ makes the span of it, and carries its context. */
  readonly engineSpans: boolean;
  readonly waitsForChildren: boolean;
}

/**
 * Options that were given on, of jobs whose outcome is not known yet: an override that hands them to another method adds the same job. Only
 * what was made here: what the app has it may give to as many jobs as it likes.
 */
const underWay = new WeakSet<object>();

/**
 * Starts the enqueue of a job, and puts its context into the job's options. Undefined where that failed, be it on looking at what is added,
 * or the job is one whose enqueue was started already: then it is not observed.
 */
export function beginAdding(adapter: BullMQAdapter, infoOfIt: () => AddingInfo): Adding | undefined {
  if (!adapter.core.enabled()) return undefined;
  return adapter.quietly('a job that is added', () => {
    const info = infoOfIt();
    if (isUnderWay(info.opts)) return undefined;
    const queue = telemetryAt(adapter, info.place);
    adapter.firstNames?.see(queue, info.name);
    const adding = begin(queue, info);
    underWay.add(adding.opts);
    if (adding.opts.telemetry) underWay.add(adding.opts.telemetry);
    return adding;
  });
}

// The first who passes them on adds the job; another one after that adds one more.
function isUnderWay(opts: JobOptions | undefined): boolean {
  const [all, telemetry] = [remove(opts), remove(opts?.telemetry)];
  return all || telemetry;
}

function remove(part: unknown): boolean {
  return typeof part === 'object' && part !== null && underWay.delete(part);
}

function begin(queue: QueueHandle, info: AddingInfo): Adding {
  const { opts } = info;
  // No copies by spreading: what is put into such an object is a hundred times as dear.
  const all: JobOptions = Object.assign({}, info.defaults, opts);
  // For BullMQ an id that is empty is none.
  const id = opts?.jobId || undefined;
  const job = infoOf({ id, name: info.name, opts: all });
  const mayBeThere = id !== undefined || Boolean(all.deduplication);
  const replaces = all.deduplication?.replace ? all.deduplication.id : undefined;
  const omitContext = all.telemetry?.omitContext;
  const metadata = all.telemetry?.metadata;
  const isTheirs = metadata !== undefined && !readMetadata(metadata).ours;
  const enqueue = queue.enqueue(job, { span: info.engineSpans ? 'none' : 'own' });
  try {
    const { place } = info;
    if (info.engineSpans || omitContext || isTheirs)
      return { enqueue, place, opts: copyOf(info), mayBeThere, replaces };
    const own = writeMetadata(enqueue.carrier, {
      waitsForChildren: info.waitsForChildren,
      unique: mayBeThere ? crypto.randomUUID() : undefined,
      // BullMQ's own timestamp of a job is the moment of its add, but where the app sets it.
      at: all.timestamp ? queue.now() : undefined,
    });
    const telemetry = Object.assign({}, all.telemetry, { metadata: own });
    const given = Object.assign({}, opts, { telemetry });
    return { enqueue, place, opts: given, mayBeThere, replaces };
  } catch (error) {
    enqueue.untold();
    throw error;
  }
}

/** The same options, as objects of ours. Where the app gives no `telemetry`, the queue's own goes on to count. */
function copyOf({ opts, defaults }: AddingInfo): JobOptions {
  if (!opts?.telemetry && defaults.telemetry) return { ...opts };
  return { ...opts, telemetry: { ...opts?.telemetry } };
}

/** Its outcome is known. */
export function over({ opts }: Adding): void {
  isUnderWay(opts);
}

/** What BullMQ threw at it. */
export function refuse(adapter: BullMQAdapter, adding: Adding, error: unknown): void {
  over(adding);
  adapter.quietly('a job that was refused', () =>
    adding.enqueue.rejected(refusalOf(error), { error: withoutText(error) }),
  );
}

/**
 * The code of a refusal that came in place of an id: `addBulk()`, and flows, throw nothing where one of the jobs is refused. No job has
 * such an id: BullMQ takes none that is a whole number.
 */
export function isRefusal(id: unknown): boolean {
  return (typeof id === 'number' && id < 0) || (typeof id === 'string' && /^-\d+$/.test(id));
}

/** The Job that a call gave, where it gave one: what stands in for a queue in the app's tests may give anything. */
export function jobIn(value: unknown): Job | undefined {
  return typeof value === 'object' && value !== null ? (value as Job) : undefined;
}
