import type { FlowProducer, Queue } from 'bullmq';
import type { WithCore } from '../../core.js';
import { CORE } from '../../core.js';
import type { JobsOptions, Monitor } from '../../jobs/index.js';
import { createJobs } from '../../jobs/index.js';
import { SignalboxError, shown } from '../../signal/problem.js';
import { createAdapter } from './adapter.js';
import { observeFlowProducer } from './flow-facade.js';
import type { BullMQMonitorOptions } from './monitor.js';
import { monitorQueue } from './monitor.js';
import { observeQueue } from './queue-facade.js';
import type { MakeWorker } from './worker.js';
import { createWorker } from './worker.js';

/** How the jobs of BullMQ are observed. */
export interface BullMQJobsOptions extends Pick<JobsOptions, 'relation' | 'exceptionEvents'> {
  /** Names of jobs that may be labels and span names; others are `_OTHER` there. Default: none. */
  readonly types?: readonly string[] | undefined;
  /**
   * `'memory'`: an attempt is linked to the one before where that ran in this process. `'persist'`: in whatever process; a failed
   * attempt that may be retried then leaves its context as a line of the job's stack traces, which shows in dashboards too. Default
   * `'memory'`.
   */
  readonly attemptLinks?: 'memory' | 'persist' | undefined;
}

/** Telemetry for BullMQ. Everything that it returns keeps its type and behaviour. */
export interface BullMQJobs {
  /**
   * The queue, observed: a facade of the same type. Use it in place of the queue for all that adds and removes jobs. `add` with a
   * `jobId` or `deduplication` costs one read more: only what is stored tells whether the job is new; with
   * `deduplication.replace` three more, for the job that it replaces. What a class of your own calls on
   * itself (`this.add(…)`) goes past the facade, and is not seen.
   *
   * @throws {SignalboxError} Where it is no Queue.
   */
  queue<Q extends Queue>(queue: Q): Q;
  /**
   * The flow producer, observed: a facade of the same type.
   *
   * @throws {SignalboxError} Where it is no FlowProducer.
   */
  flowProducer<F extends FlowProducer>(flowProducer: F): F;
  /**
   * Makes a worker whose jobs are observed: `create` is given the processor to give to it, and what it returns is returned. Closing it
   * settles the telemetry of all that ran on it. The processor may be the path or URL of a file (a sandboxed one), which should export
   * what `sandboxed` returns.
   *
   * @throws {SignalboxError} Where the processor is none, or `create` returns no Worker.
   */
  readonly worker: MakeWorker;
  /**
   * Watches a queue: depth by state, age, backlog and failure rate. One process owns it. The age is of the jobs at the ends of the
   * queue that have not run yet: it is never more than that of the oldest.
   *
   * @throws {SignalboxError} Where it is no Queue, an option is not valid, or the queue has a monitor here.
   */
  monitor(queue: Queue, options?: BullMQMonitorOptions): Monitor;
}

/**
 * Telemetry of the jobs of BullMQ (6 and up): spans, signals and metrics of what is added, attempts, workers and queues. By BullMQ's
 * public events and a wrapped processor; nothing is patched. An attempt's outcome is BullMQ's word (`completed`, `failed`, a lost lock),
 * not that its handler returned.
 *
 * A queue or worker that has a `telemetry` of BullMQ's own (bullmq-otel) keeps its spans: they get our attributes, events and status,
 * and there is no second one.
 *
 * @param box What `createSignalbox` returned.
 * @param options Relation, job names, links.
 * @throws {SignalboxError} When the box is none, or an option is not valid.
 * @see https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/
 * @see https://docs.bullmq.io
 *
 * @example
 * ```ts
 * import { Queue, Worker } from 'bullmq';
 * import { createSignalbox } from 'signalbox';
 * import { bullmqJobs } from 'signalbox/bullmq';
 *
 * const connection = { host: '127.0.0.1', port: 6379 };
 * const jobs = bullmqJobs(createSignalbox(), { types: ['welcome'] });
 *
 * const queue = jobs.queue(new Queue<{ to: string }>('mail', { connection }));
 * await queue.add('welcome', { to: 'ada' }, { attempts: 3, backoff: 1000 });
 *
 * const worker = jobs.worker<{ to: string }>(
 *   async (job) => console.log(`to ${job.data.to}`),
 *   (processor) => new Worker('mail', processor, { connection, concurrency: 5 }),
 * );
 *
 * jobs.monitor(queue, { backlog: { size: 1000, ageMillis: 60_000 } }).start();
 * process.once('SIGTERM', () => void worker.close());
 * ```
 */
export function bullmqJobs(box: WithCore, options: BullMQJobsOptions = {}): BullMQJobs {
  const { relation, exceptionEvents, types = [], attemptLinks = 'memory' } = options;
  if (attemptLinks !== 'memory' && attemptLinks !== 'persist')
    throw new SignalboxError(
      `bullmqJobs: attemptLinks is ${shown(attemptLinks)}. Give 'memory' or 'persist'.`,
    );
  if (!Array.isArray(types) || types.some((type) => typeof type !== 'string'))
    throw new SignalboxError(`bullmqJobs: types is ${shown(types)}. Give a list of job names.`);
  const jobs = createJobs(box, {
    system: 'bullmq',
    ...(relation === undefined ? {} : { relation }),
    ...(exceptionEvents === undefined ? {} : { exceptionEvents }),
  });
  const adapter = createAdapter(box[CORE], jobs, {
    types,
    persistsLinks: attemptLinks === 'persist',
    relationOfTicks: relation === 'none' ? 'none' : 'link',
  });
  const seen = new WeakSet<object>();

  function once<T extends object>(what: string, given: T, methods: readonly (keyof T)[], make: () => T): T {
    if (given && seen.has(given)) return given;
    if (methods.some((method) => typeof given?.[method] !== 'function'))
      throw new SignalboxError(`${what}: it is ${shown(given)}. Give a ${what} of BullMQ 6 or up.`);
    const made = make();
    seen.add(made);
    return made;
  }

  return {
    queue: (queue) =>
      once('Queue', queue, ['add', 'addBulk', 'getBackend'], () => observeQueue(adapter, queue)),
    flowProducer: (flows) =>
      once('FlowProducer', flows, ['add', 'addBulk', 'getFlow'], () => observeFlowProducer(adapter, flows)),
    worker: createWorker(adapter),
    monitor: (queue, monitorOptions = {}) => monitorQueue(adapter, queue, monitorOptions),
  };
}
