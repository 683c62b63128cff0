import type { EndOfJob } from '../../jobs/index.js';
import { inTurns } from '../common/emit-in-turns.js';
import type { BullMQAdapter } from './adapter.js';
import { readMetadata } from './job-carrier.js';
import { firstRunnableAt, infoOf } from './job-facts.js';
import type { FoundFields, FoundJob, Looker } from './jobs-before.js';
import { keyAt, telemetryAt } from './queue-place.js';

/** Emits the ends of the jobs that had not ended before a command, and are gone after it. */
export async function emitGone(
  adapter: BullMQAdapter,
  looker: Looker,
  before: readonly FoundJob[],
  endedAt: number,
): Promise<void> {
  const living = before.filter(({ job }) => job?.finishedOn === undefined);
  if (living.length === 0) return;
  await inTurns((await looker.gone(living)) ?? [], (one) => emitRemoved(adapter, one, endedAt));
}

/** Emits the end of a job that is gone, and had not ended before the command. */
export function emitRemoved(
  adapter: BullMQAdapter,
  { place, id, job }: Pick<FoundJob, 'place' | 'id' | 'job'>,
  endedAt: number,
): void {
  adapter.quietly('a job that was removed', () => {
    const key = keyAt(place, id);
    // The job ended between the look and the command, and its own options (`removeOnComplete`, …) removed it.
    if (job && adapter.ended.get(key)?.timestamp === job.timestamp) return;
    adapter.memory.forget(key);
    const end = { reason: 'removed', endedAt } as const;
    const queue = telemetryAt(adapter, place);
    if (!job) return queue.abandoned({ id }, end);
    const { runnableAt, ...past } = pastOf(adapter, job);
    queue.abandoned(infoOf({ ...job, id }), {
      ...end,
      attempts: job.attemptsMade,
      ...past,
      // These are two readings of the clock. Their difference is worth nothing if somebody set the clock in between.
      runnableAt:
        runnableAt !== undefined && adapter.core.isInDoubt(endedAt - runnableAt) ? undefined : runnableAt,
    });
  });
}

/** What a job's end takes from its enqueue. */
export function pastOf(
  { relationOfTicks }: BullMQAdapter,
  { opts, timestamp }: Pick<FoundFields, 'opts' | 'timestamp'>,
): Pick<EndOfJob, 'carrier' | 'relation' | 'runnableAt'> {
  const { carrier } = readMetadata(opts.telemetry?.metadata);
  return {
    carrier,
    relation: isTick(opts) ? relationOfTicks : undefined,
    runnableAt: firstRunnableAt({ opts, timestamp }),
  };
}

// A scheduler leaves `repeat` in the options of its jobs. BullMQ's types do not have it.
function isTick(opts: FoundFields['opts']): boolean {
  return (opts as { readonly repeat?: unknown }).repeat !== undefined;
}
