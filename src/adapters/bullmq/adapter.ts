import type { JobsOptions as BullMQJobOptions } from 'bullmq';
import type { Core } from '../../core.js';
import type { Jobs, PreviousAttempt, Relation } from '../../jobs/index.js';
import { Recent } from '../../jobs/recent.js';
import type { Observing } from '../common/observing.js';
import { observing } from '../common/observing.js';

/** What this process remembers of a job's last start. */
export interface Remembered extends PreviousAttempt {
  /** BullMQ's count of the job's starts at that one: the next start follows it only where it is one higher. */
  readonly starts: number;
  /** When the job could first have run, where that is known. */
  readonly firstRunnableAt: number | undefined;
}

/** What the parts of this adapter share. */
export interface Adapter extends Observing {
  readonly core: Core;
  /** Whether the context of a failed attempt is kept in the job's stack traces. */
  readonly persistsLinks: boolean;
  /** The relation of a scheduler's ticks: never one endless trace. */
  readonly relationOfTicks: Relation;
  readonly memory: Recent<Remembered>;
  /** Ends that were told here, by job: its timestamp. A job that comes back after its end was revived. */
  readonly ended: Recent<number>;
  readonly revived: Recent<string>;
}

export function createAdapter(
  core: Core,
  jobs: Jobs,
  options: Pick<Adapter, 'persistsLinks' | 'relationOfTicks'> & { readonly types: readonly string[] },
): Adapter {
  return {
    ...observing(core, 'bullmq', (name) => jobs.queue(name, { types: options.types })),
    core,
    persistsLinks: options.persistsLinks,
    relationOfTicks: options.relationOfTicks,
    memory: new Recent(),
    ended: new Recent(),
    revived: new Recent(),
  };
}

/** Jobs of different queues may have the same id, and queues of different prefixes the same name. */
export function keyOf(qualifiedQueueName: string, id: string | undefined): string {
  return `${qualifiedQueueName}\n${id ?? ''}`;
}

/** Options of a job as BullMQ reads them. */
export type JobOptions = BullMQJobOptions;
