import type { Job } from 'bullmq';
import type { Attempt, AttemptInfo, QueueTelemetry, WorkerTelemetry } from '../../jobs/index.js';
import type { Adapter, Remembered } from './adapter.js';
import { keyOf } from './adapter.js';
import { dueAt, firstRunnableAt, infoOf, maxAttemptsOf } from './job-facts.js';
import type { Metadata } from './metadata.js';
import { readMetadata } from './metadata.js';
import { backoffMillis, findNote } from './note.js';

/** The attempt before is not known: nothing that others remember of it stands for it. */
const UNKNOWN = { carrier: {} };
/** Differences of clocks that tell the same moment. */
const SKEW_MILLIS = 5;

/** A start of a job: what its telemetry is made of. */
export interface Start {
  readonly attempt: Attempt;
  readonly number: number;
  readonly starts: number;
  readonly firstRunnableAt: number | undefined;
  /** What was known of the attempt before. */
  readonly before: Remembered | undefined;
}

/** Starts the telemetry of a job that BullMQ has made active. */
export function startAttempt(
  adapter: Adapter,
  queue: QueueTelemetry,
  job: Job,
  worker: WorkerTelemetry,
  how: Pick<AttemptInfo, 'span' | 'startedAt' | 'number'>,
): Start {
  const startedAt = how.startedAt ?? queue.now();
  const metadata = readMetadata(job.opts.telemetry?.metadata);
  const number = how.number ?? numberOf(job);
  const starts = job.attemptsStarted;
  const remembered = rememberedOf(adapter, job, number);
  // What was remembered of another start says nothing of when this one could run.
  const follows = remembered?.starts === starts - 1;
  const first = firstOf(job, metadata, remembered, startedAt);
  const attempt = queue.attempt({
    job: infoOf(job),
    carrier: metadata.carrier,
    number,
    countedAtEnd: true,
    maxAttempts: maxAttemptsOf(job.opts),
    worker,
    runnableAt: starts === 1 && !metadata.waitsForChildren ? dueAt(job) : undefined,
    firstRunnableAt: first,
    startedAt,
    previous: remembered
      ? {
          carrier: remembered.carrier,
          number: remembered.number,
          retryAt: follows ? remembered.retryAt : undefined,
        }
      : UNKNOWN,
    relation: job.repeatJobKey === undefined ? undefined : adapter.relationOfTicks,
    span: how.span,
  });
  return { attempt, number, starts, firstRunnableAt: first, before: remembered };
}

/** The number of the attempt that a job's start will be, should it count: before it has ended. */
export function numberOf(job: Job): number {
  return job.attemptsMade + 1;
}

/** What this process, or the job itself, knows of the attempt just before. */
function rememberedOf(adapter: Adapter, job: Job, number: number): Remembered | undefined {
  const isNext = (before: { readonly number?: number | undefined }): boolean =>
    before.number === number - 1 || before.number === number;
  const here = adapter.memory.get(keyOf(job.queueQualifiedName, job.id));
  if (here && isNext(here)) return here;
  const note = findNote(job);
  if (!note || !isNext(note)) return undefined;
  const delay = backoffMillis(job, note.number);
  const retryAt = note.failedAt === undefined || delay === undefined ? undefined : note.failedAt + delay;
  return { ...note, retryAt, firstRunnableAt: firstRunnableAt(job) };
}

/** Undefined: someone may have promoted it or changed its delay, or its children had to end first. */
function firstOf(
  job: Job,
  { waitsForChildren }: Metadata,
  remembered: Remembered | undefined,
  startedAt: number,
): number | undefined {
  if (waitsForChildren) return undefined;
  if (job.attemptsStarted > 1) return remembered?.firstRunnableAt ?? firstRunnableAt(job);
  return dueAt(job) > startedAt + SKEW_MILLIS ? undefined : dueAt(job);
}
