import type { Job, JobJson, Queue } from 'bullmq';
import type { Adapter } from './adapter.js';
import type { Adding } from './adding.js';
import type { Removal } from './removal.js';

interface Standing {
  readonly id: string;
  readonly job: JobJson;
}

/** A job that BullMQ gave back. */
export interface Added {
  readonly job: Job;
  readonly accepted: boolean;
}

/** Who stands under the deduplication ids of jobs that replace what waits there. */
export type StandingBefore = Map<string, Standing>;

/** Tells the jobs that one with `deduplication.replace` has put itself in the place of. */
export interface Replacing {
  /** To be asked before the jobs are added: what they replace is gone afterwards. Undefined where none of them replaces anything. */
  look(adding: readonly (Adding | undefined)[]): Promise<StandingBefore> | undefined;
  /** The jobs as BullMQ gave them back, in the order in which they were added, and whether each was new. */
  tell(before: StandingBefore, adding: readonly (Adding | undefined)[], added: readonly Added[]): void;
}

export function createReplacing(
  adapter: Adapter,
  queue: Queue,
  removal: Removal,
  read: (id: string) => Promise<JobJson | undefined>,
): Replacing {
  async function standing(key: string): Promise<Standing | undefined> {
    try {
      const id = await queue.getDeduplicationJobId(key);
      if (!id) return undefined;
      const [job, state] = await Promise.all([read(id), queue.getJobState(id)]);
      // One that waits for a worker, or runs, is never replaced.
      return job && state === 'delayed' ? { id, job } : undefined;
    } catch (error) {
      adapter.report('a job that is replaced', error);
      return undefined;
    }
  }

  async function standingUnder(keys: ReadonlySet<string>): Promise<StandingBefore> {
    const found = await Promise.all([...keys].map(async (key) => [key, await standing(key)] as const));
    return new Map(found.flatMap(([key, one]) => (one ? [[key, one] as const] : [])));
  }

  return {
    look: (adding) => {
      const keys = new Set(adding.flatMap((one) => one?.replaces ?? []));
      return keys.size === 0 ? undefined : standingUnder(keys);
    },
    tell: (before, adding, added) =>
      void adapter.quietly('jobs that were replaced', () => {
        added.forEach(({ job, accepted }, i) => {
          const key = adding[i]?.replaces;
          if (key === undefined || !accepted || job.id === undefined) return;
          const there = before.get(key);
          if (there) removal.tell(there.id, there.job);
          if (job.delay > 0) before.set(key, { id: job.id, job: job.asJSON() });
          else before.delete(key);
        });
      }),
  };
}
