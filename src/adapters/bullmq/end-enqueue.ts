import type { Job, JobJson } from 'bullmq';
import type { BullMQAdapter } from './adapter.js';
import type { Adding } from './begin-enqueue.js';
import { isRefusal, jobIn, over } from './begin-enqueue.js';
import { outcomeOf } from './duplicate-check.js';
import type { Before } from './duplicate-lookup.js';
import { sentOf } from './duplicate-lookup.js';
import { keyAt } from './queue-place.js';
import { emitRemoved } from './removed.js';

/** A job that the app gave to BullMQ, and what BullMQ returned. */
export interface AddedJob {
  readonly adding: Adding;
  readonly given: unknown;
  /** Reads the job that its queue has under an id. */
  read(id: string): Promise<JobJson | undefined>;
}

/**
 * Emits the outcomes of the jobs of one call. BullMQ returns a Job even if another one has the id. The stored job tells them apart; if nothing is
 * stored any more, the answers from before the call do.
 *
 * @returns Undefined if everything is emitted.
 */
export function emitAdded(adapter: BullMQAdapter, added: readonly AddedJob[]): Promise<void> | undefined {
  const call = new AddCall(adapter, adapter.core.now());
  let asked:
    | { readonly one: AddedJob; readonly reading: Promise<JobJson | undefined> | undefined }[]
    | undefined;
  for (const one of added) {
    over(one.adding);
    const id = one.adding.mayBeThere ? jobIn(one.given)?.id : undefined;
    if (typeof id !== 'string' || isRefusal(id)) call.emitKnown(one);
    else {
      asked ??= [];
      asked.push({ one, reading: reading(adapter, one, id) });
    }
  }
  return asked && emitFound(call, asked);
}

// In the order in which they were added, because one of them may meet another.
async function emitFound(
  call: AddCall,
  asked: readonly { readonly one: AddedJob; readonly reading: Promise<JobJson | undefined> | undefined }[],
): Promise<void> {
  for (const { one, reading: there } of asked) await call.emit(one, there);
}

async function reading(adapter: BullMQAdapter, one: AddedJob, id: string): Promise<JobJson | undefined> {
  try {
    return await one.read(id);
  } catch (error) {
    adapter.report('whether a job was there already', error);
    return undefined;
  }
}

class AddCall {
  readonly #adapter: BullMQAdapter;
  readonly #endedAt: number;
  /** The keys of this call's new jobs, and the latest of these jobs by deduplication key. Undefined until a job may meet another one. */
  #ids: Set<string> | undefined;
  #standing: Map<string, Job> | undefined;

  constructor(adapter: BullMQAdapter, endedAt: number) {
    this.#adapter = adapter;
    this.#endedAt = endedAt;
  }

  /** For a job that can meet no other one, or that BullMQ refused. */
  emitKnown({ adding, given }: AddedJob): void {
    const job = jobIn(given);
    this.#quietly(adding, () => {
      if (isRefusal(job?.id) || isRefusal(sentOf(job?.opts)?.answer)) this.#refused(adding);
      else this.#accepted(adding, job);
    });
  }

  async emit({ adding, given }: AddedJob, reading: Promise<JobJson | undefined> | undefined): Promise<void> {
    const job = given as Job;
    const sent = sentOf(job.opts);
    const before = await sent?.before;
    const there = await reading;
    this.#quietly(adding, () => {
      if (isRefusal(sent?.answer)) return this.#refused(adding);
      const deduplication = job.opts?.deduplication?.id;
      const key = deduplication ? this.#keyOf(adding, deduplication) : undefined;
      const standing = key === undefined ? undefined : this.#standing?.get(key);
      const outcome = outcomeOf({
        job,
        answer: sent?.answer,
        there,
        before,
        inOrder: sent?.inOrder ?? false,
        cameWith: this.#ids?.has(this.#keyOf(adding, job.id)) ?? false,
        standing: standing?.id ?? before?.standing,
      });
      if (outcome === 'new') {
        this.#accepted(adding, job);
        if (adding.replaces !== undefined) this.#emitReplaced(adding, job, standing, before);
        this.#ids ??= new Set();
        this.#ids.add(this.#keyOf(adding, job.id));
        if (key === undefined) return;
        this.#standing ??= new Map();
        this.#standing.set(key, job);
      } else this.#notNew(adding, typeof sent?.answer === 'string' ? sent.answer : job.id, outcome);
    });
  }

  #refused({ enqueue }: Adding): void {
    enqueue.rejected('invalid', { endedAt: this.#endedAt });
  }

  #accepted({ enqueue }: Adding, job: Job | undefined): void {
    const runnableAt = job && job.delay > 0 ? Number(job.timestamp) + job.delay : undefined;
    enqueue.accepted({ id: job?.id, endedAt: this.#endedAt, runnableAt });
  }

  #notNew({ enqueue }: Adding, id: string | undefined, outcome: 'duplicate' | 'unknown'): void {
    const info = { id, endedAt: this.#endedAt };
    if (outcome === 'duplicate') enqueue.duplicate(info);
    else {
      enqueue.untold(info);
      this.#adapter.reportThat(
        'unknown',
        'an added job was gone before signalbox could tell whether it was new: signalbox emits neither JOB_QUEUED nor JOB_DUPLICATE',
      );
    }
  }

  /** BullMQ accepted the new job and removed the delayed job with its deduplication id, without an event. */
  #emitReplaced({ place }: Adding, by: Job, own: Job | undefined, before: Before | undefined): void {
    const id = own ? own.id : before?.standing;
    if (typeof id !== 'string' || id === by.id) return;
    const known = before?.replaceable?.id === id ? before.replaceable.job : undefined;
    const job = own ? { ...own.asJSON(), finishedOn: undefined } : known;
    emitRemoved(this.#adapter, { place, id, job }, this.#endedAt);
  }

  #keyOf({ place }: Adding, id: string | undefined): string {
    return keyAt(place, id);
  }

  #quietly({ enqueue }: Adding, emit: () => void): void {
    this.#adapter.quietly('what became of a job that was added', () => {
      try {
        emit();
      } finally {
        // Does nothing unless `emit` threw.
        enqueue.untold({ endedAt: this.#endedAt });
      }
    });
  }
}
