import type { Core } from '../../core.js';
import type { Carrier, Jobs, QueueTelemetry } from '../../jobs/index.js';
import { Recent } from './recent.js';
import { Told } from './told.js';

const CARRIERS = 10_000;

/** What the parts of this adapter share. */
export interface Adapter {
  readonly schema: string;
  /** Whether payloads carry the context of their enqueue. */
  readonly carriesContext: boolean;
  /** Whether the context of a failed attempt is kept in `last_error`. */
  readonly persistsLinks: boolean;
  readonly told: Told;
  /** The contexts of enqueues that were seen here, by job: the public view has no payload to find them in. */
  readonly carriers: Recent<Carrier>;
  /** Ids of the jobs that run in this process. */
  readonly running: Set<string>;
  /** Tasks, helpers and utils that are observed already: one that is given again, or passed on, is not observed twice. */
  readonly observed: WeakSet<object>;
  /** The telemetry of a task: here the task is the queue. */
  queue(task: string): QueueTelemetry;
  /** Runs telemetry; what it throws is reported, and never the app's trouble. */
  quietly<T>(what: string, fn: () => T): T | undefined;
  report(what: string, error: unknown): void;
}

export function createAdapter(
  core: Core,
  jobs: Jobs,
  options: Pick<Adapter, 'schema' | 'carriesContext' | 'persistsLinks'>,
): Adapter {
  const queues = new Map<string, QueueTelemetry>();
  const report = (what: string, error: unknown): void =>
    core.report(`graphile-worker:${what}`, `graphile-worker: ${what} could not be observed`, error);
  return {
    ...options,
    told: new Told(),
    carriers: new Recent(CARRIERS),
    running: new Set(),
    observed: new WeakSet(),
    queue: (task) => {
      const found = queues.get(task) ?? jobs.queue(task);
      queues.set(task, found);
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
