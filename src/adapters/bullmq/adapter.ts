import type { JobsOptions as BullMQJobOptions } from 'bullmq';
import type { Core } from '../../box/core.js';
import { Recent } from '../../jobs/bounded-map.js';
import type { PreviousAttempt, Relation } from '../../jobs/index.js';
import type { JobsOfAdapter } from '../../jobs/jobs.js';
import type { QueueHandle } from '../../jobs/queue.js';
import { RecentEnds } from '../../jobs/recent-ends.js';
import type { Observing } from '../common/adapter-base.js';
import { observing } from '../common/adapter-base.js';
import type { FirstNames } from './first-names.js';

/** What this process remembers of a job's last start. */
export interface Remembered extends PreviousAttempt {
  /** BullMQ's count of the job's starts at that one: the next start follows it only where it is one higher. */
  readonly starts: number;
  /** When the job could first have run, where that is known. */
  readonly firstRunnableAt: number | undefined;
  /** The start was here: what it does not know nobody does. */
  readonly isSeen: boolean;
}

/** The end of a job that was emitted here. */
export interface Ended {
  /** The job's own timestamp: another one of its id has another. */
  readonly timestamp: number;
  /** Epoch milliseconds. */
  readonly endedAt: number;
  /** BullMQ's count of its starts at that end. */
  readonly starts: number;
}

/** By what a job can run at another moment than it was given. */
export interface Moved {
  /** Epoch milliseconds: when that was done. */
  readonly doneAt: number;
  /** Epoch milliseconds: when the job can run. */
  readonly runnableAt: number;
  /** BullMQ's count of the job's starts after it, where that is known. */
  readonly starts?: number;
}

/** What the parts of this adapter share. */
export interface BullMQAdapter extends Observing<QueueHandle> {
  readonly core: Core;
  /** Where names of jobs become labels as they are seen. */
  readonly firstNames: FirstNames | undefined;
  /** Whether the context of a failed attempt is kept in the job's stack traces. */
  readonly persistsLinks: boolean;
  /** The relation of a scheduler's ticks: never one endless trace. */
  readonly relationOfTicks: Relation;
  readonly memory: Recent<Remembered>;
  /** Ends that were emitted here, by job. A job that comes back after its end was revived. */
  readonly ended: RecentEnds<Ended>;
  readonly revived: Recent<string>;
  /** Jobs that can run at another moment than they were given, by what was done here. */
  readonly moved: Recent<Moved>;
  /** By queue: when all its delayed jobs were promoted here last, and all that had ended were brought back. */
  readonly promotedAll: Recent<number>;
  readonly revivedAll: Recent<number>;
}

export function createAdapter(
  core: Core,
  jobs: JobsOfAdapter,
  options: Pick<BullMQAdapter, 'persistsLinks' | 'relationOfTicks' | 'firstNames'> & {
    readonly types: readonly string[];
  },
): BullMQAdapter {
  return {
    ...observing(core, 'bullmq', (name, namespace) =>
      jobs.queue(name, { types: options.types, ...(namespace === undefined ? {} : { namespace }) }),
    ),
    core,
    firstNames: options.firstNames,
    persistsLinks: options.persistsLinks,
    relationOfTicks: options.relationOfTicks,
    memory: new Recent(),
    ended: new RecentEnds(),
    revived: new Recent(),
    moved: new Recent(),
    promotedAll: new Recent(),
    revivedAll: new Recent(),
  };
}

/** Options of a job as BullMQ reads them. */
export type JobOptions = BullMQJobOptions;
