import type { EndOfJob } from '../../jobs/index.js';
import { inTurns } from '../common/emit-in-turns.js';
import type { BullMQAdapter } from './adapter.js';
import { readMetadata } from './job-carrier.js';
import { firstRunnableAt, infoOf } from './job-facts.js';
import type { FoundFields, FoundJob, Looker } from './jobs-before.js';
import { keyAt, telemetryAt } from './queue-place.js';

/** Emits the ends of those jobs that had not ended when they were looked at, and are gone. */
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

/** Emits the end of a job that is gone, and had not ended before. */
export function emitRemoved(
  adapter: BullMQAdapter,
  { place, id, job }: Pick<FoundJob, 'place' | 'id' | 'job'>,
  endedAt: number,
): void {
  adapter.quietly('a job that was removed', () => {
    const key = keyAt(place, id);
    // It ended between the look and the command, and went by its own option.
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
      // Two readings of the clock: what is between them is worth nothing where that was set.
      runnableAt:
        runnableAt !== undefined && adapter.core.isInDoubt(endedAt - runnableAt) ? undefined : runnableAt,
    });
  });
}

/** What of a job's enqueue goes into its end. */
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

// A scheduler leaves how it repeats in the options of its jobs, which BullMQ's types do not say.
function isTick(opts: FoundFields['opts']): boolean {
  return (opts as { readonly repeat?: unknown }).repeat !== undefined;
}
