import type { Job, JobJson } from 'bullmq';
import type { Enqueue, QueueTelemetry } from '../../jobs/index.js';
import type { Adapter, JobOptions } from './adapter.js';
import { refusalOf, withoutText } from './engine-error.js';
import { infoOf } from './job-facts.js';
import { readMetadata, writeMetadata } from './metadata.js';

/** One job on its way into a queue. */
export interface Adding {
  readonly enqueue: Enqueue;
  /** The options to give to BullMQ. */
  readonly opts: JobOptions | undefined;
  /** Something else may stand under its id already. */
  readonly mayBeThere: boolean;
  /** A job that waits for its time under this deduplication id makes room for it, and goes without a word. */
  readonly replaces: string | undefined;
}

export interface AddingInfo {
  readonly name: string;
  readonly opts: JobOptions | undefined;
  /** The queue's own, beneath them. */
  readonly defaults: JobOptions;
  /** BullMQ makes the span of it, and carries its context. */
  readonly engineSpans: boolean;
  readonly waitsForChildren: boolean;
}

/** Starts the enqueue of a job, and puts its context into the job's options. Undefined where that failed: then it is not observed. */
export function beginAdding(adapter: Adapter, queueName: string, info: AddingInfo): Adding | undefined {
  return adapter.quietly('a job that is added', () => begin(adapter.queue(queueName), info));
}

function begin(queue: QueueTelemetry, info: AddingInfo): Adding {
  const all = { ...info.defaults, ...info.opts };
  const job = infoOf({ id: info.opts?.jobId, name: info.name, opts: all });
  const enqueue = queue.enqueue(job, { span: info.engineSpans ? 'none' : 'own' });
  const mayBeThere = info.opts?.jobId !== undefined || all.deduplication !== undefined;
  const replaces = all.deduplication?.replace ? all.deduplication.id : undefined;
  const { omitContext, metadata } = all.telemetry ?? {};
  const isTheirs = metadata !== undefined && !readMetadata(metadata).ours;
  if (info.engineSpans || omitContext || isTheirs) return { enqueue, opts: info.opts, mayBeThere, replaces };
  const own = writeMetadata(enqueue.carrier, {
    waitsForChildren: info.waitsForChildren,
    unique: mayBeThere ? crypto.randomUUID() : undefined,
  });
  const opts = { ...info.opts, telemetry: { ...all.telemetry, metadata: own } };
  return { enqueue, opts, mayBeThere, replaces };
}

/**
 * Tells what became of it, and whether it is a new job. BullMQ returns a Job also where another one has the id: only what it stored
 * tells them apart.
 */
export async function settleAdding(
  adapter: Adapter,
  { enqueue, mayBeThere }: Adding,
  job: Job,
  read: (id: string) => Promise<JobJson | undefined>,
): Promise<boolean> {
  const endedAt = adapter.core.now();
  if (isRefused(job)) {
    adapter.quietly('a job that was refused', () => enqueue.rejected('invalid', { endedAt }));
    return false;
  }
  const isDuplicated = mayBeThere && (await isDuplicate(adapter, job, read));
  adapter.quietly('what became of a job that was added', () => {
    // What stands in for a queue in the app's tests may give no job.
    const outcome = { id: job?.id, endedAt };
    if (isDuplicated) enqueue.duplicate(outcome);
    else enqueue.accepted({ ...outcome, runnableAt: job?.delay > 0 ? job.timestamp + job.delay : undefined });
  });
  return !isDuplicated;
}

/** `addBulk()` throws nothing where its script refuses one of the jobs (its parent is gone): it takes the code of the refusal for an id. */
function isRefused(job: Job): boolean {
  const id: unknown = job?.id;
  return typeof id === 'number' && id < 0;
}

async function isDuplicate(
  adapter: Adapter,
  job: Job,
  read: (id: string) => Promise<JobJson | undefined>,
): Promise<boolean> {
  try {
    const stored = job.id === undefined ? undefined : await read(job.id);
    // One that is gone has run and was removed.
    if (!stored) return false;
    return (
      stored.opts.telemetry?.metadata !== job.opts.telemetry?.metadata || stored.timestamp !== job.timestamp
    );
  } catch (error) {
    adapter.report('whether a job was there already', error);
    return false;
  }
}

/** What BullMQ threw at it. */
export function refuse(adapter: Adapter, { enqueue }: Adding, error: unknown): void {
  adapter.quietly('a job that was refused', () =>
    enqueue.rejected(refusalOf(error), { error: withoutText(error) }),
  );
}
