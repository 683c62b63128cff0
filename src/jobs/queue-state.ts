import type { Context } from '@opentelemetry/api';
import type { Core, CoreEmitOptions } from '../box/core.js';
import type { AnySignal } from '../signal/signal.js';
import { JobMemory } from './attempt-memory.js';
import type { BaggageFields, Carried } from './baggage.js';
import type { Schedules } from './box-schedules.js';
import type { JobInfo } from './job.js';
import { Tally } from './job-counts.js';
import type { JobValues } from './job-fields.js';
import { Lives } from './job-lives.js';
import type { Monitored } from './monitor.js';
import type { QueueName } from './queue-name.js';
import { queueValues } from './queue-name.js';
import { Running } from './running.js';
import { textThatLeaves } from './scalar.js';
import { typeLabel, typeOf } from './type-label.js';
import { Workers } from './workers.js';

/** What a process knows of one queue: shared by all handles to it on one box. */
export interface QueueState extends QueueName {
  readonly core: Core;
  readonly system: string;
  /** What spans say of the queue. */
  readonly said: { readonly system: string; readonly queue: string; readonly namespace: string | undefined };
  readonly types: Set<string>;
  unsaid: string | undefined;
  capacity: number | undefined;
  /** What jobs tell of the baggage that they carry. */
  baggage: BaggageFields | undefined;
  readonly memory: JobMemory;
  readonly tally: Tally;
  readonly running: Running;
  readonly lives: Lives;
  readonly workers: Workers;
  monitor: Monitored | undefined;
  /** Of the box. */
  readonly schedules: Schedules;
}

export function createQueueState(
  core: Core,
  system: string,
  { name, namespace }: QueueName,
  schedules: Schedules,
): QueueState {
  return {
    core,
    system,
    name,
    namespace,
    said: {
      system: textThatLeaves(system),
      queue: textThatLeaves(name),
      namespace: namespace === undefined ? undefined : textThatLeaves(namespace),
    },
    types: new Set(),
    unsaid: undefined,
    capacity: undefined,
    baggage: undefined,
    memory: new JobMemory(),
    tally: new Tally(),
    running: new Running(),
    lives: new Lives(),
    workers: new Workers(core, queueValues({ name, namespace })),
    monitor: undefined,
    schedules,
  };
}

/** What every signal of a job says of it. */
export function jobValues(state: QueueState, job: JobInfo): JobValues {
  return {
    job_id: job.id,
    job_type: typeOf(state, job),
    queue: state.name,
    namespace: state.namespace,
    system: state.system,
    type_label: typeLabel(state, job.type),
  };
}

/**
 * Emits a signal of a job in a context, with what is told of its baggage. `carried` is null where the job carries none, whatever the
 * context has; left out it is what the context has.
 */
export function emitOfJob(
  { core, baggage }: QueueState,
  signal: AnySignal,
  values: object,
  options: CoreEmitOptions & { readonly context: Context },
  carried: Carried | null | undefined = baggage?.of(options.context),
): void {
  const { spanSays } = options;
  const place = baggage && carried && spanSays ? { ...options, spanSays: baggage.said(spanSays) } : options;
  core.emit(signal, values, place, carried?.bound);
}
