import type { BoundBox, Core, WithCore } from '../box/core.js';
import { coreOf, PROBLEMS } from '../box/core.js';
import { owned, wellFormed } from '../emission/text.js';
import type { OptionNames } from '../signal/option-checks.js';
import { checkCount, optionsOf } from '../signal/option-checks.js';
import { SignalboxError, shown } from '../signal/signalbox-error.js';
import { openOutside } from '../telemetry/async-root.js';
import type { BaggageOption } from './baggage.js';
import { BaggageFields } from './baggage.js';
import { Schedules } from './box-schedules.js';
import type { Carrier } from './carrier.js';
import { extract } from './carrier.js';
import { currentBox } from './current-box.js';
import * as enqueueSignals from './enqueue-signals.js';
import { observeQueues } from './gauges.js';
import type { HandleOptions } from './handle-options.js';
import { handleOptionsOf } from './handle-options.js';
import * as jobSignals from './job-signals.js';
import { lostOnTheWay } from './missing-propagator.js';
import type { QueueTelemetry, RelationOption } from './queue.js';
import { QueueHandle } from './queue.js';
import * as queueSignals from './queue-signals.js';
import type { QueueState } from './queue-state.js';
import { createQueueState } from './queue-state.js';
import { textOf } from './scalar.js';
import type { Schedule, ScheduleOptions } from './schedule.js';
import { watchSchedule } from './schedule.js';
import * as scheduleSignals from './schedule-signals.js';
import { OTHER } from './semconv.js';

// Jobs begin from where nothing is active, as it mostly is when an app loads its modules.
openOutside();

/** How jobs are observed. */
export interface JobsOptions {
  /** `messaging.system.name`. Default `'signalbox'`. */
  readonly system?: string;
  /**
   * How attempts relate to their enqueue: `'parent'` (children of it: one trace for a job and all its attempts), `'link'` (a trace of
   * their own, linked to it: for jobs that wait for hours), `'none'`, or a function of the attempt. It is asked for `settle` spans too, then
   * with the job and its carrier alone. Default `'parent'`.
   */
  readonly relation?: RelationOption;
  /**
   * `true`: the span of a failed attempt has the convention's event `exception` too (type, message and stack trace, redacted), beside
   * `job.failed`. New Relic, for one, counts errors by that event alone. Default `false`.
   */
  readonly exceptionEvents?: boolean;
  /**
   * `true`: a span `wait <job type>` from when an attempt could run to when it began, and `backoff <job type>` for the delay of a retry, as
   * children of the enqueue span, where they are known: gaps of a trace then have a name. Default `false`.
   */
  readonly waitSpans?: boolean;
  /**
   * `'0.1'`: enqueue spans are called by their queue (`enqueue mail`), and the events of signals on spans repeat what the span says, both as
   * in version 0.1, for searches and alerts that have yet to be changed; `settle` spans are there all the same. It will be gone in 0.3. Default: the names of this version.
   */
  readonly compat?: '0.1';
  /**
   * Keys of baggage that jobs tell, on both sides of the queue: as attributes of their spans and of the records of their signals. Baggage travels
   * with a job, and with the jobs that it puts in, by the app's propagator. Give a list of keys, as in `['tenant.id']`; or fields that `bound`
   * of signalbox declared, by their attribute keys: those are redacted as declared, and its `labels` are labels of the jobs' metrics too.
   * Neither may have the name of a field of the signals of jobs. What a queue was given itself holds before that of `createJobs`.
   * Default: none.
   */
  readonly baggage?: BaggageOption | undefined;
}

/** How one queue is observed. */
export interface QueueOptions extends JobsOptions {
  /**
   * Job types that may be labels and span names; others are `_OTHER` there, and so is that of a job whose type nobody says. `'queue'`
   * where the queue is the type: the label is its name. Default: none, and jobs without a type have no such label.
   */
  readonly types?: readonly string[] | 'queue';
  /**
   * What distinguishes it from queues of the same name, as the prefix or the schema of an engine does where that is not the engine's default:
   * the attribute and label `queue.namespace`. Default: none.
   */
  readonly namespace?: string;
  /** Jobs that it holds at most. Default: no limit. */
  readonly capacity?: number;
}

/** Job telemetry on one box. */
export interface Jobs {
  /**
   * The telemetry of a queue. Handles of the same name (and namespace, and system) share what they know; queues that differ in one of
   * these share nothing, each with a monitor of its own.
   *
   * @param name The queue's name, not empty.
   * @param options Its namespace, types and capacity, and how its jobs are observed.
   * @throws {SignalboxError} When the name or an option is not valid.
   */
  queue(name: string, options?: QueueOptions): QueueTelemetry;
  /**
   * Watches what runs on a schedule, from now on: SCHEDULE_MISSED where a tick did not come within its grace, and the age of its last good end. A
   * tick came where a job of the schedule was put in, or began, in this process. One process watches it, the one that runs it; ticks that fall due
   * while a run of it is under way here are no miss.
   *
   * @param name The schedule's name, not empty: the label `schedule.name`.
   * @param options When it is due, in milliseconds or as a cron expression, how late it may be, and whose jobs are its.
   * @throws {SignalboxError} When the name or an option is not valid, the schedule is watched already, or the box watches 500.
   *
   * @example
   * ```ts
   * import { createSignalbox } from 'signalbox';
   * import { createJobs } from 'signalbox/jobs';
   *
   * const jobs = createJobs(createSignalbox());
   * jobs.schedule('report', { everyMillis: 3_600_000, graceMillis: 300_000 });
   * ```
   */
  schedule(name: string, options: ScheduleOptions): Schedule;
  /**
   * The box, bound to the attempt that runs: what goes through it has the job's queue, id, type and attempt, its worker, and what is told of its
   * baggage. In a batch it has the queue alone; outside of attempts of this box it is the box as it is. It needs the context manager that the
   * app's SDK registers: without one there is nothing by which to know what runs, and it is the box as it is too. Never throws.
   *
   * @example
   * ```ts
   * import { createSignalbox } from 'signalbox';
   * import { createJobs } from 'signalbox/jobs';
   *
   * const jobs = createJobs(createSignalbox());
   * const send = () => jobs.current().info('sending', { attachments: 2 });
   * ```
   */
  current(): BoundBox;
  /** Runs `fn` in the context of a carrier, without a span of its own: for a child process that got it from its parent. */
  within<T>(carrier: Carrier | undefined, fn: () => T): T;
}

const OPTIONS: OptionNames<JobsOptions> = {
  system: true,
  relation: true,
  exceptionEvents: true,
  waitSpans: true,
  compat: true,
  baggage: true,
};

const QUEUE_OPTIONS: OptionNames<QueueOptions> = { ...OPTIONS, types: true, namespace: true, capacity: true };

interface Shared {
  readonly schedules: Schedules;
  readonly queues: Map<string, QueueState>;
}

/**
 * Job telemetry on a box: spans, signals and metrics of enqueues, attempts, workers and queues, for any queue. The adapters for engines
 * are made of it.
 *
 * @param box What `createSignalbox` returned.
 * @param options The system's name, the relation, and what spans say (`exceptionEvents`, `waitSpans`, `compat`); each can be given for one
 * queue.
 * @throws {SignalboxError} When the box is none or of another release, or an option is not valid.
 * @see https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/
 *
 * @example
 * ```ts
 * import { createSignalbox } from 'signalbox';
 * import { createJobs } from 'signalbox/jobs';
 *
 * const mail = createJobs(createSignalbox()).queue('mail', { types: ['welcome'] });
 *
 * // where a job is put into your queue
 * const enqueue = mail.enqueue({ id: '1', type: 'welcome' });
 * const stored = { id: '1', carrier: enqueue.carrier, runnableAt: mail.now() };
 * enqueue.accepted();
 *
 * // where it is taken out again
 * await mail.process(
 *   { job: { id: stored.id, type: 'welcome' }, carrier: stored.carrier, number: 1, runnableAt: stored.runnableAt },
 *   async () => { await Promise.resolve('the work'); },
 *   () => ({ retry: true, delayMillis: 1000 }),
 * );
 * ```
 */
export function createJobs(box: WithCore, options?: JobsOptions): Jobs {
  return jobsOn(box, options, { remembersAttempts: true });
}

/** Whose queues are used from within the package. */
export interface JobsOfAdapter extends Jobs {
  queue(name: string, options?: QueueOptions): QueueHandle;
}

/** The same for an adapter that may remember attempts itself. */
export function jobsOn(
  box: WithCore,
  options: JobsOptions | undefined,
  { remembersAttempts }: Pick<HandleOptions, 'remembersAttempts'>,
): JobsOfAdapter {
  const core = coreOf('createJobs', box);
  const own = optionsOf('createJobs', options, OPTIONS);
  const handle = handleOptionsOf('createJobs', own, {
    relation: 'parent',
    exceptionEvents: false,
    waitSpans: false,
    compat: undefined,
    remembersAttempts,
  });
  const system = nameOf('createJobs: system', own.system ?? 'signalbox');
  core.register([
    ...Object.values(enqueueSignals),
    ...Object.values(jobSignals),
    ...Object.values(queueSignals),
    ...Object.values(scheduleSignals),
  ]);
  const { queues, schedules } = sharedOf(core);
  const baggage = own.baggage === undefined ? undefined : new BaggageFields(core, 'createJobs', own.baggage);
  let unbound: BoundBox | undefined;
  return {
    queue: (givenName, givenOptions) => {
      const where = `queue ${shown(givenName)}`;
      const given = optionsOf(where, givenOptions, QUEUE_OPTIONS);
      const name = nameOf('queue: name', givenName);
      const ownSystem = nameOf(`${where}: system`, given.system ?? system);
      const namespace =
        given.namespace === undefined ? undefined : nameOf(`${where}: namespace`, given.namespace);
      const key = JSON.stringify([ownSystem, name, namespace]);
      const types = typesOf(where, given.types);
      const state = queues.get(key) ?? createQueueState(core, ownSystem, { name, namespace }, schedules);
      const how = handleOptionsOf(where, given, handle);
      const ofQueue = given.baggage === undefined ? undefined : new BaggageFields(core, where, given.baggage);
      if (given.capacity !== undefined) checkCount(where, 'capacity', given.capacity);
      // Handles share the state: one that is refused changes nothing of it.
      state.capacity = given.capacity ?? state.capacity;
      // The list of all queues takes the place of no queue's own.
      state.baggage = ofQueue ?? state.baggage ?? baggage;
      const list = types === 'queue' ? [name] : types;
      for (const type of list ?? []) state.types.add(textOf(type) ?? type);
      if (types !== undefined) state.unsaid = types === 'queue' ? name : (state.unsaid ?? OTHER);
      queues.set(key, state);
      return new QueueHandle(state, how);
    },
    schedule: (givenName, options) =>
      watchSchedule(core, schedules, system, nameOf('schedule: name', givenName), options),
    current: () => {
      unbound ??= core.bound(undefined);
      return currentBox(core, unbound);
    },
    within: (carrier, fn) => core.runIn(extract(core, carrier), fn),
  };
}

function sharedOf(core: Core): Shared {
  const found = core.shared.get('jobs') as Shared | undefined;
  if (found) return found;
  const shared: Shared = { queues: new Map(), schedules: new Schedules() };
  core.shared.set('jobs', shared);
  core.shared.set(PROBLEMS, () => lostOnTheWay(core));
  observeQueues(core, shared.queues);
  shared.schedules.observe(core);
  return shared;
}

function nameOf(what: string, given: unknown): string {
  // Of its own: it may be cut from a message, and stays.
  if (typeof given === 'string' && given !== '') return owned(wellFormed(given));
  throw new SignalboxError(`${what} is ${shown(given)}. Give a non-empty string.`);
}

// A text would be taken letter by letter.
function typesOf(where: string, given: unknown): readonly string[] | 'queue' | undefined {
  const types = given ?? undefined;
  if (types === undefined || types === 'queue') return types;
  if (Array.isArray(types) && types.every((type) => typeof type === 'string' && type !== '')) return types;
  throw new SignalboxError(
    `${where}: types is ${shown(types)}. Give a list of job types, as in ['welcome'], or 'queue' where the queue is the type, or leave it out.`,
  );
}
