import type { EndOfJob } from '../../jobs/index.js';
import { inTurns } from '../common/in-turns.js';
import type { Adapter } from './adapter.js';
import { firstRunnableAt, infoOf } from './job-facts.js';
import type { Looker, Standing, StandingJob } from './look.js';
import { readMetadata } from './metadata.js';
import { keyAt, telemetryAt } from './store.js';

/** Tells those of the jobs that had not ended when they were looked at, and are gone. */
export async function tellGone(
  adapter: Adapter,
  looker: Looker,
  before: readonly Standing[],
  endedAt: number,
): Promise<void> {
  const living = before.filter(({ job }) => job?.finishedOn === undefined);
  if (living.length === 0) return;
  await inTurns((await looker.gone(living)) ?? [], (one) => tellRemoved(adapter, one, endedAt));
}

/** Tells a job that is gone, and had not ended before. */
export function tellRemoved(
  adapter: Adapter,
  { place, id, job }: Pick<Standing, 'place' | 'id' | 'job'>,
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
      // Two readings of the clock: what is between them tells nothing where that was set.
      runnableAt:
        runnableAt !== undefined && adapter.core.isInDoubt(endedAt - runnableAt) ? undefined : runnableAt,
    });
  });
}

/** What of a job's enqueue its end is told with. */
export function pastOf(
  { relationOfTicks }: Adapter,
  { opts, timestamp }: Pick<StandingJob, 'opts' | 'timestamp'>,
): Pick<EndOfJob, 'carrier' | 'relation' | 'runnableAt'> {
  const { carrier } = readMetadata(opts.telemetry?.metadata);
  return {
    carrier,
    relation: isTick(opts) ? relationOfTicks : undefined,
    runnableAt: firstRunnableAt({ opts, timestamp }),
  };
}

// A scheduler leaves how it repeats in the options of its jobs, which BullMQ's types do not say.
function isTick(opts: StandingJob['opts']): boolean {
  return (opts as { readonly repeat?: unknown }).repeat !== undefined;
}
