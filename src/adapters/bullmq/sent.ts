import type { IQueueBackend, JobJson } from 'bullmq';
import type { BullMQAdapter } from './adapter.js';
import type { FoundJob, Looker } from './look.js';
import { clientOf } from './store.js';

/** What was known just before a job was sent to its store. */
export interface Before {
  /** The id of the job under its deduplication id: null where there was none. */
  readonly standing: string | null | undefined;
  /** Whether a job of its own id was there. */
  readonly existed: boolean | undefined;
  /** The job that it may replace. */
  readonly replaceable: FoundJob | undefined;
}

/** A job that was sent to its store. */
export interface Sent {
  /** Undefined where there is no knowing. */
  readonly before: Promise<Before | undefined>;
  /** What is asked before it is answered before it. */
  readonly inOrder: boolean;
  /** What the store gave for a node of a flow: an id, or the code of a refusal. */
  answer?: unknown;
}

/** BullMQ gives a Job and what it sends of it the same options. */
const sentJobs = new WeakMap<object, Sent>();

export function sentOf(opts: object | undefined): Sent | undefined {
  return opts && sentJobs.get(opts);
}

const MEETS_NOTHING = Promise.resolve({ standing: null, existed: false, replaceable: undefined });

/** Whether a job may meet another: one of an id of the app's, or with a deduplication. */
export function mayMeet({ opts }: JobJson): boolean {
  // For BullMQ an id that is empty is none.
  return Boolean(opts.jobId) || opts.deduplication !== undefined;
}

/** Asks in the same turn as the job is sent, and before it, what the job may meet. */
export function noteSent(adapter: BullMQAdapter, backend: IQueueBackend, looker: Looker, job: JobJson): Sent {
  const client = clientOf(backend);
  const { deduplication } = job.opts;
  // For BullMQ an id that is empty is none.
  const jobId = job.opts.jobId || undefined;
  if (jobId === undefined && !deduplication) return keep(job, { before: MEETS_NOTHING, inOrder: true });
  const asked = Promise.all([
    deduplication ? backend.getDeduplicationJobId(deduplication.id) : undefined,
    jobId === undefined ? undefined : client?.then((redis) => redis.hexists(backend.toKey(jobId), 'name')),
    deduplication?.replace ? looker.deduplicated(deduplication.id) : undefined,
  ] as const);
  const before = asked.then(
    ([standing, count, found]): Before => ({
      standing,
      existed: count === undefined ? undefined : count > 0,
      replaceable: found?.[0],
    }),
    (error: unknown) => {
      adapter.report('what a job that is added may meet', error);
      return undefined;
    },
  );
  return keep(job, { before, inOrder: client !== undefined });
}

function keep(job: JobJson, sent: Sent): Sent {
  sentJobs.set(job.opts, sent);
  return sent;
}
