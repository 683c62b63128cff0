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

/** Whose spans there are: ours, or pg-boss's own, which are then enriched. */
export type Spans = 'ours' | 'engine';

/** What is known of a queue's jobs that wait, and who adds to it. */
export interface KnownWaiting {
  /** A job was put in, with what travels with it. */
  sent(id: string, options: Partial<JobInsert>, carrier: Carrier | undefined): void;
  /** It runs, or has ended: whoever knows that emits it. */
  drop(id: string): void;
  /** A command took out jobs of which is not known whether they waited. */
  forget(): void;
  /** A command here takes jobs out, and emits their ends itself: nothing is looked for until what this returns is called. */
  leave(): () => void;
}

/** A boss that is observed, and what its observed methods share. */
export interface ObservedBoss {
  readonly boss: PgBoss;
  readonly engine: Engine;
  readonly can: Abilities;
  readonly core: Core;
  readonly bridge: Bridge;
  readonly table: JobTable;
  /** `'look'`: this version does not settle by attempt, so a look at the table shows whether one is still ours. */
  readonly settle: 'exact' | 'look' | 'approximate';
  /** What its database answers; undefined where that says nothing of what pg-boss settles. */
  readonly answers: Answers | undefined;
  readonly attemptLinks: 'memory' | 'persist';
  /** When jobs could first have run, by the database's clock: a retry's row no longer has it. */
  readonly firstRuns: Recent<number>;
  /** The telemetry of a queue; undefined for what is no name of one. */
  queue(name: unknown): QueueHandle | undefined;
  /** A job has ended, or is out of its attempt: it is neither waiting nor running here, `held` being that attempt (default: the newest). */
  ended(queue: QueueTelemetry, id: string, held?: Held): void;
  /** A job is about to run here: what was fetched of it before, and not settled, is over. */
  again(queue: QueueTelemetry, job: KnownJob): void;
  /** Attempts, as `lifeOf` names them, whose ends are emitted already, whatever the supervisor says of them later. */
  readonly lives: Recent<true>;
  readonly running: RunningHere;
  /** What is known of jobs that wait, by queue, where a monitor looks. */
  readonly waiting: Map<string, KnownWaiting>;
  /** Handler calls that hear how pg-boss settles them: at a shutdown they have more to watch. */
  readonly calls: Set<{ watch(): void }>;
  /** Handler calls whose jobs have no signal: that it has stopped is all that they hear. */
  readonly unsignalled: Set<{ stopped(): void }>;
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
