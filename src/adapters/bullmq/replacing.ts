import type { Job, JobJson, Queue } from 'bullmq';
import type { Adapter } from './adapter.js';
import type { Adding } from './adding.js';
import type { Removal } from './removal.js';

interface Standing {
  readonly id: string;
  readonly job: JobJson;
}

/** Who stands under the deduplication ids of jobs that replace what waits there. */
export type StandingBefore = Map<string, Standing>;

/** Tells the jobs that one with `deduplication.replace` has put itself in the place of. */
export interface Replacing {
  /** To be asked before the jobs are added: what they replace is gone afterwards. Undefined where none of them replaces anything. */
  look(adding: readonly (Adding | undefined)[]): Promise<StandingBefore> | undefined;
  /** The jobs as BullMQ gave them back, in the order in which they were added. */
  tell(before: StandingBefore, adding: readonly (Adding | undefined)[], added: readonly Job[]): void;
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
      const job = id ? await read(id) : undefined;
      return id && job ? { id, job } : undefined;
    } catch (error) {
      adapter.report('a job that is replaced', error);
      return undefined;
    }
  }

  async function standingUnder(keys: ReadonlySet<string>): Promise<StandingBefore> {
    const before: StandingBefore = new Map();
    for (const key of keys) {
      const one = await standing(key);
      if (one) before.set(key, one);
    }
    return before;
  }

  return {
    look: (adding) => {
      const keys = new Set(adding.flatMap((one) => one?.replaces ?? []));
      return keys.size === 0 ? undefined : standingUnder(keys);
    },
    tell: (before, adding, added) =>
      void adapter.quietly('jobs that were replaced', () => {
        added.forEach((job, i) => {
          const key = adding[i]?.replaces;
          if (key === undefined || job?.id === undefined) return;
          const there = before.get(key);
          // One that runs already is not replaced: then BullMQ gives that one back, and adds none.
          if (there?.id === job.id) return;
          if (there) removal.tell(there.id, there.job);
          before.set(key, { id: job.id, job: job.asJSON() });
        });
      }),
  };
}
