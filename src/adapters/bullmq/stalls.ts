import type { Job, JobJson } from 'bullmq';
import type { QueueTelemetry } from '../../jobs/index.js';
import type { BullMQAdapter } from './adapter.js';
import { readMetadata } from './job-carrier.js';
import { infoOf } from './job-facts.js';
import type { ReadJob } from './read-job.js';

/** Locks last longer than this, and the clocks of hosts differ by less. */
const RECENT_MILLIS = 5_000;

/** Emits the stalled jobs that a worker found: active ones without a lock. BullMQ gives only their ids. */
export class Stalls {
  readonly #adapter: BullMQAdapter;
  readonly #queue: QueueTelemetry;
  readonly #readJob: ReadJob;
  /** When each job was found, by id, until the rest of it is read. */
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

  /** The job has come back to this very worker. Emits its stall before anything that follows, with the fields that the job has now. */
  cameBack(job: Job): void {
    if (this.#found.size > 0 && job.id !== undefined) this.#emit(job.id, job, undefined);
  }

  /** The worker that found the job ended it at once. BullMQ emits no other event of it. */
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
      // A job that has ended since has counted this attempt.
      attempt: finishedOn === undefined ? attemptsMade + 1 : attemptsMade,
      worker,
      carrier: readMetadata(opts.telemetry?.metadata).carrier,
      stalledAt: at,
    });
  }
}

// Another worker may have started the job again already: then the fields name that worker.
function workerOf(
  { processedOn, processedBy }: Pick<Job | JobJson, 'processedOn' | 'processedBy'>,
  now: number,
): string | undefined {
  return processedOn !== undefined && now - processedOn > RECENT_MILLIS ? processedBy : undefined;
}
