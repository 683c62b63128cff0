import type { JobInsert, PgBoss } from 'pg-boss';
import type { Core } from '../../box/core.js';
import type { Recent } from '../../jobs/bounded-map.js';
import type { Carrier } from '../../jobs/carrier.js';
import type { EnqueueOptions } from '../../jobs/enqueue.js';
import type { QueueHandle, QueueTelemetry } from '../../jobs/queue.js';
import type { Bridge } from './carrier-tracer.js';
import type { Abilities, Engine } from './engine.js';
import type { JobTable } from './job-table.js';
import type { Held, KnownJob, RunningHere } from './running-jobs.js';
import type { Answers } from './statement-answers.js';

/** Who makes the spans: signalbox, or pg-boss, whose spans signalbox then enriches. */
export type Spans = 'ours' | 'engine';

/** The waiting jobs of a queue, as far as signalbox knows them. */
export interface KnownWaiting {
  /** A call added a job, which carries this context. */
  sent(id: string, options: Partial<JobInsert>, carrier: Carrier | undefined): void;
  /** The job runs or has ended. Whoever knows that emits it. */
  drop(id: string): void;
  /** A command removed jobs, and nobody knows whether they waited. */
  forget(): void;
  /** A command of this process removes jobs, and emits their ends itself. No look emits ends until the returned function is called. */
  leave(): () => void;
}

/** An observed boss, and what its observed methods share. */
export interface ObservedBoss {
  readonly boss: PgBoss;
  readonly engine: Engine;
  readonly can: Abilities;
  readonly core: Core;
  readonly bridge: Bridge;
  readonly table: JobTable;
  /** `'look'`: this version does not settle by attempt, so signalbox looks in the table whether an attempt still holds its job. */
  readonly settle: 'exact' | 'look' | 'approximate';
  /** What its database answers. Undefined if that does not say what pg-boss settles. */
  readonly answers: Answers | undefined;
  readonly attemptLinks: 'memory' | 'persist';
  /** When jobs could first have run, by the database's clock. The row of a retry no longer says it. */
  readonly firstRuns: Recent<number>;
  /** The telemetry of a queue. Undefined if the name is no string, or empty. */
  queue(name: unknown): QueueHandle | undefined;
  /** A job has ended or has left its attempt: it neither waits nor runs here any more. `held` is that attempt (default: the newest). */
  ended(queue: QueueTelemetry, id: string, held?: Held): void;
  /** A job is about to run here. An earlier attempt that the app fetched, and did not settle, is over. */
  again(queue: QueueTelemetry, job: KnownJob): void;
  /** Attempts, by `lifeOf`, whose ends are emitted already. The supervisor may end them again later. */
  readonly lives: Recent<true>;
  readonly running: RunningHere;
  /** The waiting jobs of each queue that has a monitor. */
  readonly waiting: Map<string, KnownWaiting>;
  /** Handler calls that hear from pg-boss's statements how it settles their jobs. At a shutdown they have to watch more. */
  readonly calls: Set<{ watch(): void }>;
  /** Handler calls whose jobs have no AbortSignal. They hear only that the boss has stopped. */
  readonly unsignalled: Set<{ stopped(): void }>;
  /** Work that still settles jobs beside the handlers. */
  readonly settling: Set<Promise<unknown>>;
  spans: Spans;
  stopping: boolean;
  /** The boss has stopped, whoever stopped it. */
  stopped: boolean;
}

/** How to observe a send of this boss. */
export function enqueueOptions(observed: ObservedBoss, batch?: number): EnqueueOptions {
  const span = observed.spans === 'engine' ? 'none' : 'own';
  return batch === undefined ? { span } : { span, batch };
}
