import type { ConstructorOptions, PgBoss } from 'pg-boss';
import type { BoundBox, WithCore } from '../../box/core.js';
import type { Monitor } from '../../jobs/monitor.js';
import type { Schedule, ScheduleOptions } from '../../jobs/schedule.js';
import type { OptionNames } from '../../signal/option-checks.js';
import { isBag, optionsOf } from '../../signal/option-checks.js';
import { SignalboxError, shown } from '../../signal/signalbox-error.js';
import { claim, observerOf } from '../common/claim.js';
import { observedClass } from '../common/observed-class.js';
import { observeInPlace } from '../common/observed-object.js';
import type { PgBossJobsOptions } from './adapter-options.js';
import type { AnyBoss } from './any-boss.js';
import type { PgBossClasses } from './classes.js';
import { bossClassOf, givenTo } from './classes.js';
import { connect } from './connect.js';
import type { Boss } from './engine.js';
import { canDoJobs, checkRelease, SUPPORTED } from './engine-version.js';
import type { PgBossMonitorOptions } from './monitor.js';
import { monitorQueue } from './monitor.js';
import { BOSS_METHODS } from './observed-methods.js';
import { within } from './within.js';

/** What signalbox can not find out about a boss. */
export interface BossOptions {
  /** The schema of its tables. Default: what `jobs.options` got, or what the boss's own database connection says, else `'pgboss'`. */
  readonly schema?: string;
}

/** Telemetry of pg-boss's jobs on one box. */
export interface PgBossJobs {
  /**
   * Returns the options of a PgBoss whose jobs carry their trace context in pg-boss's own column, never in their data (12.38 and up). If the given
   * options leave `openTelemetry` out, or say `enabled: false`, pg-boss then makes no spans and metrics of its own: signalbox makes them. If they
   * turn it on, pg-boss's spans stay, and signalbox enriches them.
   *
   * @throws {SignalboxError} If it is neither an object nor a connection string.
   */
  options<T extends ConstructorOptions>(options: T): T;
  options(connectionString: string): ConstructorOptions;
  /**
   * Observes a boss in place, and returns that very object. signalbox emits what the boss sends, fetches, works on and ends. The results of its
   * methods are pg-boss's own, and wait for no telemetry, except those of commands that delete jobs or bring them back: these read the table first. A
   * job that the app fetches and settles by hand has an attempt from `fetch()` on. For a job that is added within a transaction of the app
   * (`options.db`), signalbox emits the signal when pg-boss has taken it, whether the transaction is committed or not. If another box observes the
   * boss already, signalbox leaves it alone and reports that to `diag`.
   *
   * @throws {SignalboxError} If it is no PgBoss, or is frozen.
   */
  boss<T extends AnyBoss>(boss: T, options?: BossOptions): T;
  /**
   * Watches one queue: gauges, health checks, backlog, failure rate, its schedules, and the ends for which pg-boss has no event. Only one process
   * should do so.
   *
   * @throws {SignalboxError} If the app did not pass the boss to `jobs.boss`, another box observes it, an option is not valid, or the queue has a
   * monitor in this process.
   */
  monitor(boss: AnyBoss, queue: string, options?: PgBossMonitorOptions): Monitor;
  /**
   * Watches a schedule by the jobs of this process, as `createJobs(…).schedule` does. By default these are the jobs of the queue that has the
   * schedule's name. From pg-boss 12.38 on, pg-boss's own schedules need no call of it: the monitor of their queue watches them.
   *
   * @throws {SignalboxError} If the name or an option is not valid, the schedule is watched already, or the box watches 500.
   */
  schedule(name: string, options: ScheduleOptions): Schedule;
  /**
   * Makes an observed subclass of pg-boss's class, for classes of the app's own. signalbox observes its objects as it does those that `boss` and
   * `options` get.
   *
   * @param engine The module `pg-boss`, or an object with its `PgBoss`. Up to 11 the module is the class: `classes({ PgBoss })`.
   * @throws {SignalboxError} If there is no PgBoss of pg-boss 10 or up.
   *
   * @example
   * ```ts
   * import * as pgBoss from 'pg-boss';
   * import { createSignalbox } from 'signalbox';
   * import { pgBossJobs } from 'signalbox/pg-boss';
   *
   * const { PgBoss } = pgBossJobs(createSignalbox()).classes(pgBoss);
   * export const boss = new PgBoss('postgres://localhost/app');
   * ```
   */
  classes<M extends PgBossClasses>(engine: M): Pick<M, 'PgBoss'>;
  /** The box, bound to the attempt that runs now, as `current` of `createJobs(…)` returns it. */
  current(): BoundBox;
  /** Runs a function in the context of a job that `fetch` returned, as the function `within` of this module does. */
  readonly within: typeof within;
}

const BOSS_OPTIONS: OptionNames<BossOptions> = { schema: true };

/**
 * Telemetry of the jobs of pg-boss (10 and up): spans, signals and metrics of sends, attempts, workers and queues.
 *
 * @param box What `createSignalbox` returned.
 * @param options Relation, names of queues, links, and what decides an outcome.
 * @throws {SignalboxError} If the box is none, or an option is not valid.
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
  const connected = connect('pgBossJobs', box, options);
  const { core, jobs, owner, bosses, withTelemetry, observationOf, observer } = connected;
  const made: (new (...args: never[]) => unknown)[] = [];
  return {
    options: ((given: unknown) => {
      if (isBag(given) || typeof given === 'string') return withTelemetry(given);
      throw new SignalboxError(
        `options: the options are ${shown(given)}. Give the options of a PgBoss, or its connection string.`,
      );
    }) as PgBossJobs['options'],
    boss: <T extends AnyBoss>(given: T, bossOptions?: BossOptions): T => {
      const { schema } = optionsOf('boss', bossOptions, BOSS_OPTIONS);
      if (schema !== undefined && (typeof schema !== 'string' || schema === ''))
        throw new SignalboxError(
          `boss: \`schema\` is ${shown(schema)}. Give the name of the schema, or leave it out.`,
        );
      if (bosses.has(given)) return given;
      const boss: unknown = given;
      checkBoss(boss);
      if (observerOf(boss)) {
        const sentence =
          'a boss is observed already by another box, or another pgBossJobs(): this one leaves it alone';
        core.development?.unobserved(`pg-boss: ${sentence}`);
        core.report('pg-boss:observed', sentence);
        return given;
      }
      const observation = observationOf(boss, schema);
      claim(boss, owner);
      observeInPlace<PgBoss>(boss, observation);
      return given;
    },
    monitor: (boss, name, given) => {
      // An object of an observed class is observed from its first call on: this one has had none.
      if (made.some((Class) => boss instanceof Class) && !bosses.has(boss))
        observer.observationOf(boss as unknown as PgBoss);
      const observed = bosses.get(boss);
      if (!observed && isObserved(boss))
        throw new SignalboxError(
          `monitor: the boss of queue ${shown(name)} is observed by another box, or another pgBossJobs(). Ask that one for the monitor.`,
        );
      if (!observed) checkRelease('monitor', boss);
      if (!observed)
        throw new SignalboxError(`monitor: the boss is ${shown(boss)}. Give what jobs.boss returned.`);
      return monitorQueue(observed, name, given);
    },
    current: () => jobs.current(),
    schedule: (name, scheduleOptions) => jobs.schedule(name, scheduleOptions),
    classes: <M extends PgBossClasses>(engine: M): Pick<M, 'PgBoss'> => {
      const Class = observedClass<Boss, typeof PgBoss>(bossClassOf('classes', engine), {
        names: BOSS_METHODS,
        observer,
        owner,
        given: givenTo(connected),
      });
      made.push(Class);
      return { PgBoss: Class } as unknown as Pick<M, 'PgBoss'>;
    },
    within,
  };
}

function isObserved(boss: unknown): boolean {
  return typeof boss === 'object' && boss !== null && observerOf(boss) !== undefined;
}

function checkBoss(boss: unknown): asserts boss is PgBoss {
  checkRelease('boss', boss);
  if (!canDoJobs(boss))
    throw new SignalboxError(
      `boss: it is ${shown(boss)}. Give a PgBoss of ${SUPPORTED}, as in new PgBoss(…).`,
    );
  if (!Object.isExtensible(boss))
    throw new SignalboxError(
      'boss: it is frozen, and takes no properties. Give the boss before it is frozen, or do not freeze it.',
    );
}
