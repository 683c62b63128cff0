import type { PgBoss } from 'pg-boss';
import type { Core } from '../../core.js';
import type { Attempt } from '../../jobs/attempt-info.js';
import type { EnqueueOptions } from '../../jobs/enqueue.js';
import type { QueueTelemetry } from '../../jobs/queue.js';
import type { Recent } from '../../jobs/recent.js';
import type { Bridge } from './bridge.js';
import type { JobTable } from './job-table.js';

/** Whose spans there are: ours, or pg-boss's own, which are then enriched. */
export type Spans = 'ours' | 'engine';

/** A boss that is observed, and what its replaced methods share. */
export interface ObservedBoss {
  readonly boss: PgBoss;
  readonly core: Core;
  readonly bridge: Bridge;
  readonly table: JobTable;
  settle: 'exact' | 'approximate';
  readonly attemptLinks: 'memory' | 'persist';
  /** When jobs could first have run, by the database's clock: a retry's row no longer tells. */
  readonly firstRuns: Recent<number>;
  /** The telemetry of a queue; undefined for what is no name of one. */
  queue(name: unknown): QueueTelemetry | undefined;
  /** Attempts that run here, by the job's id. */
  readonly running: Map<string, Attempt>;
  /** What still settles beside the handlers. */
  readonly settling: Set<Promise<unknown>>;
  spans: Spans;
  stopping: boolean;
  /** It has stopped, by whomever. */
  stopped: boolean;
}

/** How a send of this boss is to be observed. */
export function enqueueOptions(observed: ObservedBoss, batch?: number): EnqueueOptions {
  const span = observed.spans === 'engine' ? 'none' : 'own';
  return batch === undefined ? { span } : { span, batch };
}
