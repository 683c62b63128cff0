import type { Job } from 'bullmq';
import type { StartedEnqueue } from '../../jobs/enqueue.js';
import type { QueueHandle } from '../../jobs/queue.js';
import type { BullMQAdapter, JobOptions } from './adapter.js';
import { readMetadata, writeMetadata } from './job-carrier.js';
import { infoOf } from './job-facts.js';
import type { Place } from './queue-place.js';
import { telemetryAt } from './queue-place.js';
import { refusalOf, withoutText } from './reject-reason.js';

/** A job that BullMQ is adding to a queue. */
export interface Adding {
  readonly enqueue: StartedEnqueue;
  readonly place: Place;
  /** The options that BullMQ gets. They and their `telemetry` are objects of ours, never the app's. */
  readonly opts: JobOptions;
  /** Another job may have its id or deduplication id already. */
  readonly mayBeThere: boolean;
  /** BullMQ removes the delayed job with this deduplication id, without an event, to make room for the new one. */
  readonly replaces: string | undefined;
}

export interface AddingInfo {
  readonly place: Place;
  readonly name: string;
  readonly opts: JobOptions | undefined;
  /** The queue's default options. */
  readonly defaults: JobOptions;
  /** BullMQ makes the enqueue's span, and stores its context in the job. */
  readonly engineSpans: boolean;
  readonly waitsForChildren: boolean;
}

/**
 * Options objects of jobs whose outcome is not known yet. A method that gets one of them was called by an override of the app's that passes it on:
 * both calls add the same job. Only objects of ours are in here, because the app may use one of its own for many jobs.
 */
const underWay = new WeakSet<object>();

/**
 * Starts the enqueue of a job and puts its context into the job's options. Returns undefined if that failed, or if the enqueue of this job has
 * started already. The caller then leaves the call unobserved.
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

// Forget both: the next call that gets them adds one more job.
function isUnderWay(opts: JobOptions | undefined): boolean {
  const [all, telemetry] = [remove(opts), remove(opts?.telemetry)];
  return all || telemetry;
}

function remove(part: unknown): boolean {
  return typeof part === 'object' && part !== null && underWay.delete(part);
}

function begin(queue: QueueHandle, info: AddingInfo): Adding {
  const { opts } = info;
  // Use Object.assign: adding a property to a spread object costs a hundred times as much.
  const all: JobOptions = Object.assign({}, info.defaults, opts);
  // BullMQ treats an empty id as no id.
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
      // BullMQ's timestamp of a job is the moment of the add, unless the app sets it.
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

/** The same options, in objects of ours. If the app gives no `telemetry`, the queue's default one still applies. */
function copyOf({ opts, defaults }: AddingInfo): JobOptions {
  if (!opts?.telemetry && defaults.telemetry) return { ...opts };
  return { ...opts, telemetry: { ...opts?.telemetry } };
}

/** The outcome is known: whoever gets these options from now on adds another job. */
export function over({ opts }: Adding): void {
  isUnderWay(opts);
}

/** Emits that BullMQ refused the job. */
export function refuse(adapter: BullMQAdapter, adding: Adding, error: unknown): void {
  over(adding);
  adapter.quietly('a job that was refused', () =>
    adding.enqueue.rejected(refusalOf(error), { error: withoutText(error) }),
  );
}

/**
 * Whether an id is the code of a refusal. If BullMQ refuses a job of `addBulk()` or of a flow, it does not throw, but returns a negative code as the
 * job's id. No accepted job has such an id, because BullMQ refuses ids that are whole numbers.
 */
export function isRefusal(id: unknown): boolean {
  return (typeof id === 'number' && id < 0) || (typeof id === 'string' && /^-\d+$/.test(id));
}

/** The Job that a call returned. Undefined if it is no object: a stub in the app's tests may return anything. */
export function jobIn(value: unknown): Job | undefined {
  return typeof value === 'object' && value !== null ? (value as Job) : undefined;
}
