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

/** Telemetry for BullMQ. Everything that it is given stays what it is, and comes back. */
export interface BullMQJobs {
  /**
   * Observes a queue, and gives it back: the jobs that are put into it, and those that it or its jobs end by hand (`remove`, `drain`,
   * `clean`, `obliterate`, …). What the app awaits of it is BullMQ's own promise; what is told is found out beside it. `add` with a `jobId`
   * or `deduplication` costs two reads more, three with both or with a deduplication that replaces, four with a `jobId` and one that
   * replaces; what ends jobs costs one script that only reads, and one that looks what is gone. A job that was gone before it could be
   * looked at tells neither JOB_QUEUED nor JOB_DUPLICATE, where nothing else says which it was.
   *
   * The script comes to Redis with the first connection: of a command that is sent before it is there, less is told: of `remove` the
   * job and its children, of `clean` the jobs without those beneath them, of `drain`, `obliterate` and `removeJobScheduler` nothing. On
   * PostgreSQL it is always so.
   *
   * A rejection that nobody handles stays unhandled where the method is BullMQ's or an async function; of one that an override hands on
   * otherwise it can not be seen who handles it already, and the process hears nothing.
   *
   * A queue has one observer in a process: one that another box has is given back as it is, and that is told.
   *
   * @param queue A Queue of BullMQ 5.34 or up, on Redis or PostgreSQL, or of a class of the app's own over it.
   * @returns The same queue.
   * @throws {SignalboxError} Where it is no Queue, or takes no properties since it is frozen.
   */
  queue<Q extends QueueLike>(queue: Q): Q;
  /**
   * Observes a flow producer, and gives it back: each node of its flows as a job of its queue, and what those jobs, and the ones that
   * `getFlow` gives, end by hand.
   *
   * @param flowProducer A FlowProducer of BullMQ 5.34 or up.
   * @returns The same flow producer.
   * @throws {SignalboxError} Where it is no FlowProducer, or takes no properties since it is frozen.
   */
  flowProducer<F extends FlowProducerLike>(flowProducer: F): F;
  /**
   * Makes a worker whose jobs are observed, and gives it back: `worker(Worker, 'mail', handler, options)` makes it as
   * `new Worker('mail', handler, options)` would, and `worker(handler, create)` has `create` make it, which is given the processor to give
   * to it. Closing it settles the telemetry of all that ran on it. The processor may be the path or URL of a file (a sandboxed one), which should export what
   * `sandboxed` returns, or `null` where the app asks for its jobs by hand (`getNextJob`) and settles them by their own methods
   * (`moveToCompleted`, `moveToFailed`, …): an attempt is then from one to the other, and lost where its lock runs out before.
   *
   * A wait is left out where it can not be known: of a job that had children, was brought back or given another delay elsewhere, or that a
   * worker was given that had stood idle long after the job could have run.
   *
   * @throws {SignalboxError} Where the class, the queue or the processor is none, or `create` returns no Worker or one that is frozen.
   */
  readonly worker: MakeWorker;
  /** The box, bound to the attempt that runs, as `current` of `createJobs(…)` gives it. */
  current(): BoundBox;
  /** Runs something in the context of a job that `getNextJob` gave, as the function `within` of this module does. */
  readonly within: typeof within;
  /**
   * Watches a queue from now on: depth by state, age, backlog, failure rate, and its job schedulers. One process owns it. The age is of the jobs at the ends of the
   * queue that have not run yet: it is never more than that of the oldest.
   *
   * @throws {SignalboxError} Where it is no Queue, an option is not valid, or the queue has a monitor here.
   */
  monitor(queue: MonitoredQueue, options?: BullMQMonitorOptions): Monitor;
  /**
   * Watches what runs on a schedule by jobs of this process, as `createJobs(…).schedule` does: by default those whose name is the schedule's. A
   * monitor watches the job schedulers of its queue itself: they need none.
   *
   * @throws {SignalboxError} When the name or an option is not valid, the schedule is watched already, or the box watches 500.
   */
  schedule(name: string, options: ScheduleOptions): Schedule;
  /**
   * The classes of BullMQ, observed: subclasses whose objects are observed as `queue`, `flowProducer` and `worker` observe theirs, for
   * frameworks that make them, and for classes of the app's own. Types and statics are the given class's. An object that is given to
   * `queue` or `flowProducer` all the same is observed once.
   *
   * @param engine The module `bullmq`, or an object with some of its three classes.
   * @returns An object with those of `Queue`, `Worker` and `FlowProducer` that were given.
   * @throws {SignalboxError} Where none of them is there, or one is no class of BullMQ 5.34 or up.
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
 * Telemetry of the jobs of BullMQ (5.34 and up): spans, signals and metrics of what is added, attempts, workers and queues. By BullMQ's
 * public events and methods of the very objects that it is given; no class is patched. An attempt's outcome is BullMQ's word (`completed`, `failed`, a lost lock),
 * not that its handler returned.
 *
 * A queue or worker that has a `telemetry` of BullMQ's own (bullmq-otel) keeps its spans: they get our attributes, events and status,
 * and there is no second one.
 *
 * @param box What `createSignalbox` returned.
 * @param options Relation, job names, links, and what spans tell.
 * @throws {SignalboxError} When the box is none, or an option is not valid.
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
