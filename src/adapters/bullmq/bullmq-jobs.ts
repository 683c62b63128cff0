import type { BoundBox, WithCore } from '../../box/core.js';
import type { Monitor, Schedule, ScheduleOptions } from '../../jobs/index.js';
import type { BullMQJobsOptions } from './adapter-options.js';
import type { BullMQClasses, ObservedClasses } from './classes.js';
import { observedClasses } from './classes.js';
import { connect } from './connect.js';
import type { MakeWorker } from './make-worker.js';
import { createWorker } from './make-worker.js';
import type { BullMQMonitorOptions } from './monitor.js';
import { monitorQueue } from './monitor.js';
import type { FlowProducerLike, MonitoredQueue, QueueLike } from './observe-queue.js';
import { createDoors } from './observe-queue.js';
import { within } from './within.js';

/** Telemetry for BullMQ. Queues, flow producers and workers stay the objects that they are. */
export interface BullMQJobs {
  /**
   * Observes a queue and returns it. signalbox emits the jobs that the app adds to it, and those that the queue or its Jobs end by hand (`remove`,
   * `drain`, `clean`, `obliterate`, …). The app awaits BullMQ's own promise; signalbox asks Redis beside it. An `add` with a `jobId` or
   * `deduplication` costs two more reads, three with both or with a deduplication that replaces, four with a `jobId` and a deduplication that
   * replaces. A command that ends jobs costs a script before it that only reads, and another one after it that looks which jobs are gone. If a job is
   * gone before signalbox can look at it, and nothing else says which it was, signalbox emits neither JOB_QUEUED nor JOB_DUPLICATE.
   *
   * signalbox sends the script to Redis with the first connection. If a command goes out earlier, signalbox emits less: for `remove` the job and its
   * children, for `clean` the jobs without those beneath them, for `drain`, `obliterate` and `removeJobScheduler` nothing. On PostgreSQL it is always
   * so.
   *
   * If a method of BullMQ's or an async override rejects and nobody handles that, the rejection stays unhandled for the process. For other overrides
   * signalbox can not see who handles a rejection, and the process hears nothing.
   *
   * A queue has one observer in a process. If another box observes it already, signalbox returns it as it is and reports that to `diag`.
   *
   * @param queue A Queue of BullMQ 5.34 or up, on Redis or PostgreSQL, or of a subclass of the app's.
   * @returns The same queue.
   * @throws {SignalboxError} If it is no Queue, or is frozen.
   */
  queue<Q extends QueueLike>(queue: Q): Q;
  /**
   * Observes a flow producer and returns it. Each node of its flows is a job of its queue. signalbox also observes which jobs end by hand: those
   * nodes, and the jobs that `getFlow` returns.
   *
   * @param flowProducer A FlowProducer of BullMQ 5.34 or up.
   * @returns The same flow producer.
   * @throws {SignalboxError} If it is no FlowProducer, or is frozen.
   */
  flowProducer<F extends FlowProducerLike>(flowProducer: F): F;
  /**
   * Makes a worker, observes its jobs and returns it. `worker(Worker, 'mail', handler, options)` makes it as `new Worker('mail', handler, options)`
   * would. `worker(handler, create)` calls `create` to make it, with the processor that `create` has to pass on. When the worker closes, signalbox
   * settles the telemetry of everything that ran on it. The processor may be the path or URL of a file (a sandboxed one), which should export what
   * `sandboxed` returns. It may be `null` if the app asks for its jobs by hand (`getNextJob`) and settles them by their own methods
   * (`moveToCompleted`, `moveToFailed`, …). An attempt then lasts from one to the other, and is lost if the job's lock runs out before.
   *
   * signalbox leaves out a wait that it can not know: of a job that had children, of a job that another process brought back or gave another delay,
   * and of a job whose worker had stood idle long after the job could have run.
   *
   * @throws {SignalboxError} If the class, the queue or the processor is not valid, or `create` returns no Worker or a frozen one.
   */
  readonly worker: MakeWorker;
  /** The box, bound to the attempt that runs now, as `current` of `createJobs(…)` returns it. */
  current(): BoundBox;
  /** Runs a function in the context of a job that `getNextJob` returned, as the function `within` of this module does. */
  readonly within: typeof within;
  /**
   * Watches a queue from now on: depth by state, age, backlog, failure rate, and its job schedulers. Only one process should do so. The age is that
   * of the oldest job at the ends of the queue that has not run yet. The oldest job of all may be older, but never younger.
   *
   * @throws {SignalboxError} If it is no Queue, an option is not valid, or the queue has a monitor in this process.
   */
  monitor(queue: MonitoredQueue, options?: BullMQMonitorOptions): Monitor;
  /**
   * Watches a schedule by the jobs of this process, as `createJobs(…).schedule` does. By default these are the jobs that have the schedule's name.
   * Job schedulers need no call of it: the monitor of their queue watches them.
   *
   * @throws {SignalboxError} If the name or an option is not valid, the schedule is watched already, or the box watches 500.
   */
  schedule(name: string, options: ScheduleOptions): Schedule;
  /**
   * Makes observed subclasses of BullMQ's classes, for frameworks that make the objects, and for classes of the app's own. signalbox observes their
   * objects as `queue`, `flowProducer` and `worker` do. Types and statics are the given class's. signalbox observes an object once, even if the app
   * passes it to `queue` or `flowProducer` too.
   *
   * @param engine The module `bullmq`, or an object with some of its three classes.
   * @returns An object with the observed class for each of `Queue`, `Worker` and `FlowProducer` that `engine` has.
   * @throws {SignalboxError} If `engine` has none of them, or one is no class of BullMQ 5.34 or up.
   *
   * @example
   * ```ts
   * import * as bullmq from 'bullmq';
   * import { createSignalbox } from 'signalbox';
   * import { bullmqJobs } from 'signalbox/bullmq';
   *
   * const { Queue, Worker } = bullmqJobs(createSignalbox()).classes(bullmq);
   * const connection = { host: '127.0.0.1', port: 6379 };
   *
   * class TenantQueue extends Queue<{ to: string }> {}
   *
   * await new TenantQueue('mail', { connection }).add('welcome', { to: 'ada' });
   * export const worker = new Worker('mail', async (job) => console.log(`to ${job.data.to}`), { connection });
   * ```
   */
  classes<M extends BullMQClasses>(engine: M): ObservedClasses<M>;
}

/**
 * Telemetry of the jobs of BullMQ (5.34 and up): spans, signals and metrics of added jobs, attempts, workers and queues. signalbox uses BullMQ's
 * public events, and observes methods of the very objects that it is given; it patches no class. An attempt's outcome is BullMQ's word (`completed`,
 * `failed`, a lost lock), not that its handler returned.
 *
 * A queue or worker with a `telemetry` of BullMQ's own (bullmq-otel) keeps its spans. signalbox adds its attributes, events and status to them, and
 * makes no second span.
 *
 * @param box What `createSignalbox` returned.
 * @param options Relation, job names, links, and what spans contain.
 * @throws {SignalboxError} If the box is none, or an option is not valid.
 * @see https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/
 * @see https://docs.bullmq.io
 *
 * @example
 * ```ts
 * import type { Job } from 'bullmq';
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
 * const send = async (job: Job<{ to: string }>) => console.log(`to ${job.data.to}`);
 * const worker = jobs.worker(Worker, 'mail', send, { connection, concurrency: 5 });
 *
 * jobs.monitor(queue, { backlog: { size: 1000, ageMillis: 60_000 } });
 * process.once('SIGTERM', () => void worker.close());
 * ```
 */
export function bullmqJobs(box: WithCore, options?: BullMQJobsOptions): BullMQJobs {
  const { adapter, jobs, watch, classes } = connect('bullmqJobs', box, options);
  const doors = createDoors(adapter);
  return {
    queue: (queue) => doors.queue(queue),
    flowProducer: (flowProducer) => doors.flowProducer(flowProducer),
    worker: createWorker(adapter, watch),
    within,
    monitor: (queue, monitorOptions) => monitorQueue(adapter, doors.monitored(queue), monitorOptions),
    current: () => jobs.current(),
    schedule: (name, scheduleOptions) => jobs.schedule(name, scheduleOptions),
    classes: (engine) => observedClasses(adapter, classes, engine),
  };
}
