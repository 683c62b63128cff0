import type { JobsOptions as BullMQJobOptions } from 'bullmq';
import type { Core } from '../../core.js';
import type { Jobs, PreviousAttempt, QueueTelemetry, Relation } from '../../jobs/index.js';
import { Recent } from './recent.js';

/** What this process remembers of a job's last start. */
export interface Remembered extends PreviousAttempt {
  /** BullMQ's count of the job's starts at that one: the next start follows it only where it is one higher. */
  readonly starts: number;
  /** When the job could first have run, where that is known. */
  readonly firstRunnableAt: number | undefined;
}

/** What the parts of this adapter share. */
export interface Adapter {
  readonly core: Core;
  /** Whether the context of a failed attempt is kept in the job's stack traces. */
  readonly persistsLinks: boolean;
  /** The relation of a scheduler's ticks: never one endless trace. */
  readonly relationOfTicks: Relation;
  readonly memory: Recent<Remembered>;
  /** Ends that were told here, by job: its timestamp. A job that comes back after its end was revived. */
  readonly ended: Recent<number>;
  readonly revived: Recent<string>;
  queue(name: string): QueueTelemetry;
  /** Runs telemetry; what it throws is reported, and never the app's trouble. */
  quietly<T>(what: string, fn: () => T): T | undefined;
  report(what: string, error: unknown): void;
}

export function createAdapter(
  core: Core,
  jobs: Jobs,
  options: Pick<Adapter, 'persistsLinks' | 'relationOfTicks'> & { readonly types: readonly string[] },
): Adapter {
  const queues = new Map<string, QueueTelemetry>();
  const report = (what: string, error: unknown): void =>
    core.report(`bullmq:${what}`, `bullmq: ${what} could not be observed`, error);
  return {
    core,
    persistsLinks: options.persistsLinks,
    relationOfTicks: options.relationOfTicks,
    memory: new Recent(),
    ended: new Recent(),
    revived: new Recent(),
    queue: (name) => {
      const found = queues.get(name) ?? jobs.queue(name, { types: options.types });
      queues.set(name, found);
      return found;
    },
    quietly: (what, fn) => {
      try {
        return fn();
      } catch (error) {
        report(what, error);
        return undefined;
      }
    },
    report,
  };
}

/** Jobs of different queues may have the same id, and queues of different prefixes the same name. */
export function keyOf(qualifiedQueueName: string, id: string | undefined): string {
  return `${qualifiedQueueName}\n${id ?? ''}`;
}

/** Options of a job as BullMQ reads them. */
export type JobOptions = BullMQJobOptions;
