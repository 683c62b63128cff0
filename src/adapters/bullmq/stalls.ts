import type { Job, JobJson } from 'bullmq';
import type { QueueTelemetry } from '../../jobs/index.js';
import type { BullMQAdapter } from './adapter.js';
import { readMetadata } from './job-carrier.js';
import { infoOf } from './job-facts.js';
import type { ReadJob } from './read-job.js';

/** Locks last longer than this, and clocks of hosts differ by less. */
const RECENT_MILLIS = 5_000;

/** Emits the stalls that a worker found: jobs without theirs. BullMQ gives their ids alone. */
export class Stalls {
  readonly #adapter: BullMQAdapter;
  readonly #queue: QueueTelemetry;
  readonly #readJob: ReadJob;
  /** When those were found of which the rest is still being read. */
  readonly #found = new Map<string, number>();

  constructor(adapter: BullMQAdapter, queue: QueueTelemetry, readJob: ReadJob) {
    this.#adapter = adapter;
    this.#queue = queue;
    this.#readJob = readJob;
  }

  found(id: string): void {
    this.#found.set(id, this.#queue.now());
    this.#adapter.core.tellLater(this.#read(id));
  }

  /** The job has come back to this very worker: a stall of it is emitted before what follows, by the job as it is now. */
  cameBack(job: Job): void {
    if (this.#found.size > 0 && job.id !== undefined) this.#emit(job.id, job, undefined);
  }

  /** The job was found, and ended at once: BullMQ says of it no more than that. */
  ended(job: Job): void {
    const stalledAt = this.#queue.now();
    this.#queue.stalled(infoOf(job), {
      attempt: job.attemptsMade + 1,
      worker: workerOf(job, stalledAt),
      carrier: readMetadata(job.opts.telemetry?.metadata).carrier,
      stalledAt,
    });
  }

  async #read(id: string): Promise<void> {
    try {
      const job = await this.#readJob(id);
      this.#emit(id, job, job && workerOf(job, this.#queue.now()));
    } catch (error) {
      this.#adapter.report('a stalled job', error);
      this.#emit(id, undefined, undefined);
    }
  }

  #emit(id: string, job: Job | JobJson | undefined, worker: string | undefined): void {
    const at = this.#found.get(id);
    if (at === undefined) return;
    this.#found.delete(id);
    if (!job) {
      this.#queue.stalled({ id }, { stalledAt: at });
      return;
    }
    const { attemptsMade, finishedOn, opts } = job;
    this.#queue.stalled(infoOf({ id, name: job.name, opts }), {
      // One that has ended since has counted it.
      attempt: finishedOn === undefined ? attemptsMade + 1 : attemptsMade,
      worker,
      carrier: readMetadata(opts.telemetry?.metadata).carrier,
      stalledAt: at,
    });
  }
}

// Someone may have started it again already: then its fields are of that one.
function workerOf(
  { processedOn, processedBy }: Pick<Job | JobJson, 'processedOn' | 'processedBy'>,
  now: number,
): string | undefined {
  return processedOn !== undefined && now - processedOn > RECENT_MILLIS ? processedBy : undefined;
}
