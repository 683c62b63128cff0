import type { ConstructorOptions, PgBoss } from 'pg-boss';
import type { Core, WithCore } from '../../box/core.js';
import { coreOf } from '../../box/core.js';
import { jobsOn } from '../../jobs/jobs.js';
import type { Monitor } from '../../jobs/monitor.js';
import type { QueueHandle, RelationOption } from '../../jobs/queue.js';
import { Recent } from '../../jobs/recent.js';
import type { OptionNames } from '../../signal/options.js';
import { checkOneOf, optionsOf } from '../../signal/options.js';
import { SignalboxError, shown } from '../../signal/problem.js';
import { claim, observers } from '../common/claim.js';
import { observeInPlace } from '../common/in-place.js';
import { checkTypes, typesOfQueue } from '../common/job-types.js';
import type { TakenOn } from '../common/shared-options.js';
import { TAKEN_ON, takenOn } from '../common/shared-options.js';
import type { Bridge } from './bridge.js';
import { createBridge } from './bridge.js';
import { Answers } from './database-answers.js';
import { engineOf, makesSpans, settlesAtOnce, settlesByAttempt } from './engine.js';
import { FetchWatch } from './fetched.js';
import { JobTable } from './job-table.js';
import { bossObservation } from './observe-boss.js';
import type { ObservedBoss } from './observed-boss.js';
import type { PgBossMonitorOptions } from './queue-monitor.js';
import { monitorQueue } from './queue-monitor.js';
import { checkRelease } from './release.js';
import { RunningHere } from './running-here.js';
import { configuredSpans } from './whose-spans.js';

/** pg-boss's own; queues in others are told apart by theirs. */
const DEFAULT_SCHEMA = 'pgboss';

/** How the jobs of pg-boss are observed. */
export interface PgBossJobsOptions extends TakenOn {
  /**
   * How attempts relate to their enqueue, as in `createJobs`. Default `'parent'`. Of attempts it has no effect where
   * pg-boss makes the spans.
   */
  readonly relation?: RelationOption;
  /**
   * Names of queues that may be labels: jobs of others have the label `_OTHER` for their type, and no type of their own. Their spans are
   * called by the queue all the same. Default: every queue's name.
   */
  readonly types?: readonly string[] | undefined;
  /**
   * `'memory'`: an attempt is linked to the one before where that ran in this process, in the same life of the job, and its turnaround is
   * told only there. `'persist'`: in whatever process; a failed attempt then leaves its context as a property `signalbox` of the error that pg-boss stores as the job's
   * output, where people see it too. Default `'memory'`.
   */
  readonly attemptLinks?: 'memory' | 'persist' | undefined;
  /**
   * `'exact'`: an attempt's outcome is what pg-boss settled. It is heard from pg-boss's own statement (12.38 and up, on PostgreSQL, with
   * `jobs.options`, a context manager and a database object that takes properties), else it costs one more statement a handler call. So it does
   * with `perJobResults` and where pg-boss makes the spans. Before 12.35, which does not settle by attempt, that statement is a look at the job's
   * row just before pg-boss settles it. `'approximate'`: what the handler did is taken
   * for it; a job that another process cancelled, or gave to another worker, while its handler ran may count as completed. Handlers of
   * `transactional` workers are always believed. Default `'exact'`.
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
   * Observes a boss, in place: it returns that very object. What it sends, fetches, works on and ends is told; what its methods return
   * is pg-boss's own, and waits for no telemetry. A job that is fetched and settled by hand has an attempt from `fetch()` on. What is put
   * in within a transaction of the app (`options.db`) is told when pg-boss has taken it, whether the transaction is committed or not. A boss that another box observes already is left alone.
   *
   * @throws {SignalboxError} Where it is no PgBoss, or takes no properties because it is frozen.
   */
  boss<T extends PgBoss>(boss: T, options?: BossOptions): T;
  /**
   * Watches one queue: gauges, health checks, backlog, failure rate, and the ends that pg-boss tells nobody. One process owns it.
   *
   * @throws {SignalboxError} Where the boss was not given to `jobs.boss`, or is another box's, an option is not valid, or the queue has a monitor here.
   */
  monitor(boss: PgBoss, queue: string, options?: PgBossMonitorOptions): Monitor;
}

const BOSS_OPTIONS: OptionNames<BossOptions> = { schema: true };

const OPTIONS: OptionNames<PgBossJobsOptions> = {
  ...TAKEN_ON,
  types: true,
  attemptLinks: true,
  settle: true,
};

/**
 * Telemetry of the jobs of pg-boss (12 and up): spans, signals and metrics of sends, attempts, workers and queues.
 *
 * @param box What `createSignalbox` returned.
 * @param options Relation, names of queues, links, and whose word an outcome is.
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
 *   jobs.monitor(boss, 'mail', { backlog: { size: 1000, ageMillis: 60_000 } });
 * }
 * ```
 */
export function pgBossJobs(box: WithCore, options?: PgBossJobsOptions): PgBossJobs {
  const core = coreOf('pgBossJobs', box);
  const own = optionsOf('pgBossJobs', options, OPTIONS);
  const { types, attemptLinks = 'memory', settle = 'exact' } = own;
  checkTypes('pgBossJobs', 'names of queues', types);
  checkOneOf('pgBossJobs', 'attemptLinks', attemptLinks, ['memory', 'persist']);
  checkOneOf('pgBossJobs', 'settle', settle, ['exact', 'approximate']);
  const jobs = jobsOn(box, { system: 'pg-boss', ...takenOn(own) }, { remembersAttempts: true });
  const queues = new Map<string | undefined, Map<string, QueueHandle>>();
  const bosses = new WeakMap<object, ObservedBoss>();
  // A boss's options are its own secret; its database is not.
  const configured = new WeakMap<object, ConstructorOptions>();

  function queue(name: unknown, schema: unknown): QueueHandle | undefined {
    if (typeof name !== 'string' || name === '') return undefined;
    const namespace = typeof schema === 'string' && schema !== DEFAULT_SCHEMA ? schema : undefined;
    const known = queues.get(namespace)?.get(name);
    if (known) return known;
    const telemetry = jobs.queue(name, {
      types: typesOfQueue(types, name),
      ...(namespace === undefined ? {} : { namespace }),
    });
    const ofNamespace = queues.get(namespace) ?? new Map<string, QueueHandle>();
    queues.set(namespace, ofNamespace.set(name, telemetry));
    return telemetry;
  }

  // Its own queues carry no jobs of the app.
  const bridge: Bridge = createBridge(core, (name, schema) =>
    typeof name === 'string' && name.startsWith('__pgboss') ? undefined : queue(name, schema)?.enqueue({}),
  );

  function observedBoss(
    boss: PgBoss,
    schema: string,
    known: ConstructorOptions | undefined,
  ): { readonly shared: ObservedBoss; readonly fetches: FetchWatch } {
    const byAttempt = settlesByAttempt(boss);
    const running = new RunningHere();
    const waiting: ObservedBoss['waiting'] = new Map();
    const shared: ObservedBoss = {
      boss,
      engine: engineOf(boss),
      core,
      bridge,
      table: new JobTable(boss, core, schema),
      settle: settle === 'approximate' || byAttempt ? settle : 'look',
      answers:
        settle === 'exact' && byAttempt && makesSpans(boss) && settlesAtOnce(known)
          ? new Answers(boss.getDb())
          : undefined,
      attemptLinks,
      firstRuns: new Recent<number>(),
      queue: (name) => queue(name, schema),
      ended: ({ name }, id) => {
        waiting.get(name)?.drop(id);
        const held = running.get(id);
        if (!held?.fetched) return;
        // Where another word than its own was its end, its span is still open.
        held.attempt.lost();
        running.release(id);
        fetches.settled(id);
      },
      again: (telemetry, job) => fetches.again(telemetry, job),
      lives: livesOf(core),
      running,
      waiting,
      calls: new Set(),
      settling: new Set(),
      spans: makesSpans(boss) ? configuredSpans(known, bridge.openTelemetry) : 'ours',
      stopping: false,
      stopped: false,
    };
    const fetches = new FetchWatch(shared);
    return { shared, fetches };
  }

  function withTelemetry(given: ConstructorOptions | string): ConstructorOptions {
    const own = typeof given === 'string' ? { connectionString: given } : { ...given };
    const engine = own.openTelemetry !== undefined && own.openTelemetry.enabled !== false;
    own.openTelemetry = engine ? { propagateContext: true, ...own.openTelemetry } : bridge.openTelemetry;
    if (own.db) configured.set(own.db, own);
    return own;
  }

  return {
    options: withTelemetry as PgBossJobs['options'],
    boss: <T extends PgBoss>(boss: T, bossOptions?: BossOptions): T => {
      const { schema } = optionsOf('boss', bossOptions, BOSS_OPTIONS);
      if (schema !== undefined && (typeof schema !== 'string' || schema === ''))
        throw new SignalboxError(
          `boss: \`schema\` is ${shown(schema)}. Give the name of the schema, or leave it out.`,
        );
      if (bosses.has(boss)) return boss;
      checkBoss(boss);
      const db = boss.getDb();
      const known = configured.get(db) ?? (db as { config?: ConstructorOptions }).config;
      const observed = observedBoss(boss, schema ?? known?.schema ?? DEFAULT_SCHEMA, known);
      if (!claim(boss, jobs)) {
        core.report('pg-boss:observed', 'a boss is observed already: what it does is told there alone');
        return boss;
      }
      bosses.set(boss, observed.shared);
      observeInPlace<PgBoss>(boss, bossObservation(observed.shared, observed.fetches));
      // It may have started before, and its first command comes soon.
      observed.shared.table.prepare();
      return boss;
    },
    monitor: (boss, name, given) => {
      const observed = bosses.get(boss);
      if (!observed && isObserved(boss))
        throw new SignalboxError(
          `monitor: the boss of queue ${shown(name)} is observed by another box, or another pgBossJobs(). Ask that one for the monitor.`,
        );
      if (!observed)
        throw new SignalboxError(`monitor: the boss is ${shown(boss)}. Give what jobs.boss returned.`);
      return monitorQueue(observed, name, given);
    },
  };
}

function isObserved(boss: unknown): boolean {
  return typeof boss === 'object' && boss !== null && observers().has(boss);
}

/** Of a box, as the ends that are told: several bosses may be on a queue. */
function livesOf(core: Core): Recent<true> {
  const found = core.shared.get('pg-boss:lives') as Recent<true> | undefined;
  const lives = found ?? new Recent<true>();
  core.shared.set('pg-boss:lives', lives);
  return lives;
}

function checkBoss(boss: unknown): asserts boss is PgBoss {
  const { send, work, getDb } = (boss ?? {}) as Partial<PgBoss>;
  if ([send, work, getDb].some((method) => typeof method !== 'function'))
    throw new SignalboxError(
      `boss: it is ${shown(boss)}. Give a PgBoss of pg-boss 12 or up, as in new PgBoss(…).`,
    );
  checkRelease(boss as PgBoss);
  if (!Object.isExtensible(boss))
    throw new SignalboxError(
      'boss: it is frozen, and takes no properties. Give the boss before it is frozen, or do not freeze it.',
    );
}
