import type { IQueueBackend, JobJson, JobsOptions } from 'bullmq';
import type { BullMQAdapter } from './adapter.js';
import { isGivenOptions } from './backend-by-release.js';
import type { FoundJob, Looker } from './jobs-before.js';
import { askerOf } from './queue-place.js';

/** What the store had just before BullMQ sent a job to it. */
export interface Before {
  /** The id of the job that has its deduplication id; null if there is none. */
  readonly standing: string | null | undefined;
  /** Whether the store has a job with its id. */
  readonly existed: boolean | undefined;
  /** The job that it may replace. */
  readonly replaceable: FoundJob | undefined;
}

/** A job that BullMQ sent to its store. */
export interface Sent {
  /** Resolves to undefined if the adapter can not know. */
  readonly before: Promise<Before | undefined>;
  /** The store answers in the order of the questions, so that `before` is certainly from before the job. */
  readonly inOrder: boolean;
  /** What the store gave for a node of a flow: an id, or the code of a refusal. */
  answer?: unknown;
}

/** By options: a Job and what BullMQ sends of it have the same object. */
const sentJobs = new WeakMap<object, Sent>();
/** Before 6, BullMQ sends a copy of the options. So this has the jobs that nobody has asked for yet, by what their options say, the newest last. */
const sentCopies = new Map<string, Sent>();
const MOST_COPIES = 1_000;

export function sentOf(opts: JobsOptions | undefined): Sent | undefined {
  if (!opts) return undefined;
  const known = sentJobs.get(opts);
  if (known || sentCopies.size === 0) return known;
  const key = sayingsOf(opts);
  const found = sentCopies.get(key);
  sentCopies.delete(key);
  if (found) sentJobs.set(opts, found);
  return found;
}

function sayingsOf({ telemetry, jobId, deduplication }: JobsOptions): string {
  return JSON.stringify([telemetry?.metadata, jobId, deduplication?.id]);
}

const MEETS_NOTHING = Promise.resolve({ standing: null, existed: false, replaceable: undefined });

/** Whether a job may meet another one: it has a `jobId` or a deduplication. */
export function mayMeet({ opts }: JobJson): boolean {
  // BullMQ treats an empty id as no id.
  return Boolean(opts.jobId) || opts.deduplication !== undefined;
}

/** Asks the store what the job may meet: in the turn in which BullMQ sends the job, and before it does. */
export function noteSent(adapter: BullMQAdapter, backend: IQueueBackend, looker: Looker, job: JobJson): Sent {
  const ask = askerOf(backend);
  const { deduplication } = job.opts;
  // BullMQ treats an empty id as no id.
  const jobId = job.opts.jobId || undefined;
  const isCopy = !isGivenOptions(backend);
  if (jobId === undefined && !deduplication)
    return keep(job, isCopy, { before: MEETS_NOTHING, inOrder: true });
  const asked = Promise.all([
    deduplication ? backend.getDeduplicationJobId(deduplication.id) : undefined,
    jobId === undefined ? undefined : ask?.((redis) => redis.hexists(backend.toKey(jobId), 'name')),
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
  return keep(job, isCopy, { before, inOrder: ask !== undefined });
}

function keep({ opts }: JobJson, isCopy: boolean, sent: Sent): Sent {
  sentJobs.set(opts, sent);
  if (!isCopy) return sent;
  sentCopies.set(sayingsOf(opts), sent);
  const [oldest] = sentCopies.keys();
  if (sentCopies.size > MOST_COPIES && oldest !== undefined) sentCopies.delete(oldest);
  return sent;
}
