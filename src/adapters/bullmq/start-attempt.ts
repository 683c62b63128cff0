import type { Job } from 'bullmq';
import type { StartedAttempt } from '../../jobs/attempt.js';
import type { AttemptInfo, PreviousAttempt, WorkerTelemetry } from '../../jobs/index.js';
import type { QueueHandle } from '../../jobs/queue.js';
import type { BullMQAdapter, Remembered } from './adapter.js';
import { backoffMillis } from './backoff.js';
import type { Idleness } from './idleness.js';
import { readMetadata } from './job-carrier.js';
import { firstRunnableAt, infoOf, maxAttemptsOf } from './job-facts.js';
import { findNote } from './link-note.js';
import { keyOf } from './queue-place.js';
import type { Life } from './revival.js';
import { comparable, runnableAt } from './runnable.js';

/** The previous attempt is not known, and no other memory of it may stand in. */
const UNKNOWN: PreviousAttempt = { carrier: {}, number: undefined, endedAt: undefined };

/** A start of a job, and its telemetry. */
export interface Start {
  readonly attempt: StartedAttempt;
  /** The job's key in this process. */
  readonly key: string;
  readonly number: number;
  readonly starts: number;
  readonly firstRunnableAt: number | undefined;
  /** What was known of the previous attempt. */
  readonly before: Remembered | undefined;
}

/** What a worker knows of a start. */
export interface StartInfo extends Pick<AttemptInfo, 'span' | 'startedAt' | 'number'> {
  readonly worker: WorkerTelemetry;
  readonly life: Life;
  readonly idle: Idleness;
}

/** Starts the telemetry of a job that BullMQ has made active. */
export function startAttempt(adapter: BullMQAdapter, queue: QueueHandle, job: Job, how: StartInfo): Start {
  const startedAt = how.startedAt ?? queue.now();
  const key = keyOf(job);
  const metadata = readMetadata(job.opts.telemetry?.metadata);
  const number = how.number ?? numberOf(job);
  const starts = job.attemptsStarted;
  const remembered = how.life === 'revived' ? undefined : rememberedOf(adapter, key, job, number);
  const { life, idle } = how;
  const runnable = runnableAt(adapter, { key, job, metadata, life, idle, startedAt, remembered });
  // A later start of the same life has no wait since its enqueue: it waited since the retry (`retryAt`).
  const isFirst = starts === 1 || life === 'revived';
  const endedAt = comparable(adapter, startedAt, remembered?.endedAt);
  const previous: PreviousAttempt = remembered
    ? { carrier: remembered.carrier, number: remembered.number, endedAt }
    : UNKNOWN;
  const attempt = queue.attempt({
    job: infoOf(job),
    carrier: metadata.carrier,
    number,
    countedAtEnd: true,
    maxAttempts: maxAttemptsOf(job.opts),
    worker: how.worker,
    runnableAt: isFirst ? runnable.now : undefined,
    firstRunnableAt: runnable.first,
    startedAt,
    previous: {
      carrier: previous.carrier,
      number: previous.number,
      endedAt: previous.endedAt,
      retryAt: isFirst ? undefined : runnable.now,
    },
    relation: job.repeatJobKey === undefined ? undefined : adapter.relationOfTicks,
    span: how.span,
  });
  return { attempt, key, number, starts, firstRunnableAt: runnable.first, before: remembered };
}

/** The number of the attempt that a job's start will be if it counts. Ask before the attempt has ended. */
export function numberOf(job: Job): number {
  return job.attemptsMade + 1;
}

/** What this process, or the job itself, knows of the previous attempt. */
function rememberedOf(adapter: BullMQAdapter, key: string, job: Job, number: number): Remembered | undefined {
  const isNext = (before: { readonly number?: number | undefined }): boolean =>
    before.number === number - 1 || before.number === number;
  const here = adapter.memory.get(key);
  if (here && isNext(here)) return here;
  const note = findNote(job);
  if (!note || !isNext(note)) return undefined;
  const delay = backoffMillis(job, note.number);
  const retryAt = note.failedAt === undefined || delay === undefined ? undefined : note.failedAt + delay;
  const { carrier, number: before, starts, failedAt: endedAt } = note;
  const known = { firstRunnableAt: firstRunnableAt(job), isSeen: false };
  return { carrier, number: before, starts, endedAt, retryAt, ...known };
}
