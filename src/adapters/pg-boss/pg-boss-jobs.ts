import type { ConstructorOptions, PgBoss } from 'pg-boss';
import type { WithCore } from '../../core.js';
import { CORE } from '../../core.js';
import { createJobs } from '../../jobs/jobs.js';
import type { Monitor } from '../../jobs/monitor.js';
import type { QueueTelemetry, RelationOption } from '../../jobs/queue.js';
import { Recent } from '../../jobs/recent.js';
import { SignalboxError, shown } from '../../signal/problem.js';
import type { Bridge } from './bridge.js';
import { createBridge } from './bridge.js';
import { JobTable } from './job-table.js';
import { observeBoss } from './observe-boss.js';
import type { ObservedBoss } from './observed-boss.js';
import type { PgBossMonitorOptions } from './queue-monitor.js';
import { monitorQueue } from './queue-monitor.js';
import { configuredSpans } from './whose-spans.js';

/** How the jobs of pg-boss are observed. */
export interface PgBossJobsOptions {
  /** How attempts relate to their enqueue, as in `createJobs`. Default `'parent'`. Has no effect where pg-boss makes the spans. */
  readonly relation?: RelationOption;
  /** Whether the span of a failed attempt has the convention's event `exception` too, as in `createJobs`. Default `false`. */
  readonly exceptionEvents?: boolean;
  /**
   * Where the context of a failed attempt is kept for the next one's link: `'persist'` adds a property `signalbox` to the error that
   * pg-boss stores as the job's output, so that another process finds it; `'memory'` keeps it in this process alone. Default `'persist'`.
   */
  readonly attemptLinks?: 'memory' | 'persist';
  /**
   * `'exact'`: an attempt's outcome is what pg-boss settled; costs one more statement a handler call. `'approximate'`: what the
   * handler did is taken for it; a job that was cancelled, or given to another worker, while its handler ran may count as completed.
   * Default `'exact'`.
   */
  readonly settle?: 'exact' | 'approximate';
}

/** What is to be known of a boss that can not be found out. */
export interface BossOptions {
  /** The schema of its tables. Default: what `jobs.options` was given, or what its own database connection tells, else `'pgboss'`. */
  readonly schema?: string;
}

/** Telemetry of pg-boss's jobs on one box. */
export interface PgBossJobs {
  /**
   * The options of a PgBoss whose jobs carry their trace context in pg-boss's own column, never in their data (12.38 and up). Where they
   * do not say `openTelemetry`, or `enabled: false`, pg-boss then makes no spans and metrics of its own: ours stand for them. Where
   * they turn it on, its spans stay, and are enriched.
   */
  options<T extends ConstructorOptions>(options: T): T;
  options(connectionString: string): ConstructorOptions;
  /**
   * The boss, observed: a facade of the same type. Use it in place of the boss for all that sends, works on and ends jobs.
   *
   * @throws {SignalboxError} Where it is no PgBoss.
   */
  boss<T extends PgBoss>(boss: T, options?: BossOptions): T;
  /**
   * Watches one queue: gauges, health checks, backlog, failure rate, and the ends that pg-boss tells nobody. One process owns it.
   *
   * @throws {SignalboxError} Where the boss is none of `jobs.boss`, an option is not valid, or the queue has a monitor here.
   */
  monitor(boss: PgBoss, queue: string, options?: PgBossMonitorOptions): Monitor;
}

/**
 * Telemetry of the jobs of pg-boss (12 and up): spans, signals and metrics of sends, attempts, workers and queues.
 *
 * @param box What `createSignalbox` returned.
 * @param options How jobs relate to their enqueues and earlier attempts, and whose word their outcome is.
 * @throws {SignalboxError} When the box is none, or an option is not valid.
 * @see https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/
 * @see https://pgboss.io/opentelemetry
 *
 * @example
 * ```ts
 * import { PgBoss } from 'pg-boss';
 * import { createSignalbox } from 'signalbox';
 * import { pgBossJobs } from 'signalbox/pg-boss';
 *
 * const jobs = pgBossJobs(createSignalbox());
 * const boss = jobs.boss(new PgBoss(jobs.options({ connectionString: 'postgres://localhost/app' })));
 *
 * export async function run(): Promise<void> {
 *   await boss.start();
 *   await boss.createQueue('mail');
 *   await boss.work<{ to: string }>('mail', async ([job]) => console.log(`to ${job?.data.to}`));
 *   await boss.send('mail', { to: 'ada' }, { retryLimit: 3, retryDelay: 10 });
 *   jobs.monitor(boss, 'mail', { backlog: { size: 1000, ageMillis: 60_000 } }).start();
 * }
 * ```
 */
export function pgBossJobs(box: WithCore, options: PgBossJobsOptions = {}): PgBossJobs {
  const attemptLinks = oneOf('attemptLinks', options.attemptLinks ?? 'persist', ['memory', 'persist']);
  const settle = oneOf('settle', options.settle ?? 'exact', ['exact', 'approximate']);
  const jobs = createJobs(box, {
    system: 'pg-boss',
    ...(options.relation === undefined ? {} : { relation: options.relation }),
    ...(options.exceptionEvents === undefined ? {} : { exceptionEvents: options.exceptionEvents }),
  });
  const core = box[CORE];
  const queues = new Map<string, QueueTelemetry>();
  const bosses = new WeakMap<object, ObservedBoss>();
  // A boss's options are its own secret; its database is not.
  const configured = new WeakMap<object, ConstructorOptions>();

  function queue(name: unknown): QueueTelemetry | undefined {
    if (typeof name !== 'string' || name === '') return undefined;
    let telemetry = queues.get(name);
    if (!telemetry) {
      telemetry = jobs.queue(name);
      queues.set(telemetry.name, telemetry);
    }
    return telemetry;
  }

  // Its own queues carry no jobs of the app.
  const bridge: Bridge = createBridge(core, (name) =>
    typeof name === 'string' && name.startsWith('__pgboss') ? undefined : queue(name)?.enqueue({}),
  );

  function withTelemetry(given: ConstructorOptions | string): ConstructorOptions {
    const own = typeof given === 'string' ? { connectionString: given } : { ...given };
    const engine = own.openTelemetry !== undefined && own.openTelemetry.enabled !== false;
    own.openTelemetry = engine ? { propagateContext: true, ...own.openTelemetry } : bridge.openTelemetry;
    if (own.db) configured.set(own.db, own);
    return own;
  }

  return {
    options: withTelemetry as PgBossJobs['options'],
    boss: <T extends PgBoss>(boss: T, { schema }: BossOptions = {}): T => {
      if (bosses.has(boss)) return boss;
      checkBoss(boss);
      const db = boss.getDb();
      const known = configured.get(db) ?? (db as { config?: ConstructorOptions }).config;
      const observed: ObservedBoss = {
        boss,
        core,
        bridge,
        table: new JobTable(boss, core, schema ?? known?.schema ?? 'pgboss'),
        settle,
        attemptLinks,
        firstRuns: new Recent<number>(),
        queue,
        running: new Map(),
        settling: new Set(),
        spans: configuredSpans(known, bridge.openTelemetry),
        stopping: false,
        stopped: false,
      };
      const seen = observeBoss(observed);
      bosses.set(seen, observed);
      // A facade of that very object.
      return seen as T;
    },
    monitor: (boss, name, given = {}) => {
      const observed = bosses.get(boss);
      if (!observed)
        throw new SignalboxError(`monitor: the boss is ${shown(boss)}. Give what jobs.boss returned.`);
      return monitorQueue(observed, name, given);
    },
  };
}

function checkBoss(boss: unknown): asserts boss is PgBoss {
  const { send, work, getDb } = (boss ?? {}) as Partial<PgBoss>;
  if ([send, work, getDb].some((method) => typeof method !== 'function'))
    throw new SignalboxError(
      `boss: it is ${shown(boss)}. Give a PgBoss of pg-boss 12 or up, as in new PgBoss(…).`,
    );
}

function oneOf<T extends string>(name: string, given: T, known: readonly T[]): T {
  if (known.includes(given)) return given;
  throw new SignalboxError(`pgBossJobs: ${name} is ${shown(given)}. Use ${known.map(shown).join(' or ')}.`);
}
