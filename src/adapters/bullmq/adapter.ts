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

/** What this process remembers of a job's latest start. */
export interface Remembered extends PreviousAttempt {
  /** BullMQ's count of the job's starts, this one included. Another start is the next one only if its count is one higher. */
  readonly starts: number;
  /** When the job could first have run. Undefined if that is not known. */
  readonly firstRunnableAt: number | undefined;
  /** The start happened in this process. What this entry does not say, no other source says. */
  readonly isSeen: boolean;
}

/** An end of a job that this process emitted. */
export interface Ended {
  /** BullMQ's timestamp of the job. A later job with the same id has another one. */
  readonly timestamp: number;
  /** Epoch milliseconds. */
  readonly endedAt: number;
  /** BullMQ's count of the job's starts when it ended. */
  readonly starts: number;
}

/** A command of this process that changed when a job can run. */
export interface Moved {
  /** Epoch milliseconds: when the app gave the command. */
  readonly doneAt: number;
  /** Epoch milliseconds: when the job can run. */
  readonly runnableAt: number;
  /** BullMQ's count of the job's starts after the command, if it is known. */
  readonly starts?: number;
}

/** What the parts of this adapter share. */
export interface BullMQAdapter extends Observing<QueueHandle> {
  readonly core: Core;
  /** Turns the first job names into labels. Undefined if only `types` may be labels. */
  readonly firstNames: FirstNames | undefined;
  /** Whether a failed attempt stores its context in the job's stack traces. */
  readonly persistsLinks: boolean;
  /** The relation of a job that a scheduler made: `'link'` or `'none'`. With a parent, all ticks of a scheduler would be one endless trace. */
  readonly relationOfTicks: Relation;
  readonly memory: Recent<Remembered>;
  /** Ends that this process emitted, by job key. If such a job starts again, it was revived. */
  readonly ended: RecentEnds<Ended>;
  readonly revived: Recent<string>;
  /** Commands of this process that changed when a job can run, by job key. */
  readonly moved: Recent<Moved>;
  /** By queue: when this process last promoted all delayed jobs, and when it last brought back all jobs that had ended. */
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
