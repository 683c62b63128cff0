import type { Attributes } from '@opentelemetry/api';
import type { Core } from '../box/core.js';
import { swallow } from '../delivery/guard.js';
import type { JobValues } from './fields.js';
import type { JobInfo } from './job.js';
import { Lives } from './lives.js';
import { JobMemory } from './memory.js';
import type { Monitored } from './monitor.js';
import type { QueueName } from './queue-name.js';
import { queueValues } from './queue-name.js';
import { Running } from './running.js';
import { numberOf, textThatLeaves } from './scalar.js';
import type { Schedules } from './schedules.js';
import { ATTR } from './semconv.js';
import { Tally } from './tally.js';
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

/** Span attributes of an operation on a job, those that are known. A new object: more may be put into it. */
export function spanAttributes(state: QueueState, operation: string, type: string, job: JobInfo): Attributes {
  const attributes: Attributes = { [ATTR.operationName]: operation, [ATTR.operationType]: type };
  addJob(attributes, state, job);
  return attributes;
}

/** Span attributes of a job, those that are known: of a {@link JobInfo} that was checked, so that they may leave as they are. */
export function jobAttributes(state: QueueState, job: JobInfo): Attributes {
  const attributes: Attributes = {};
  addJob(attributes, state, job);
  return attributes;
}

// One after the other: of objects that begin with a copy of another V8 makes no shape, and what follows is a hundred times as dear.
function addJob(attributes: Attributes, state: QueueState, job: JobInfo): void {
  const { id, priority, maxAttempts } = job;
  attributes[ATTR.system] = state.said.system;
  attributes[ATTR.queue] = state.said.queue;
  if (state.said.namespace !== undefined) attributes[ATTR.namespace] = state.said.namespace;
  const type = typeOf(state, job);
  if (id !== undefined) {
    attributes[ATTR.messageId] = id;
    attributes[ATTR.jobId] = id;
  }
  if (type !== undefined) attributes[ATTR.jobType] = type;
  if (priority !== undefined) attributes[ATTR.priority] = priority;
  if (maxAttempts !== undefined) attributes[ATTR.maxAttempts] = maxAttempts;
}

/** Attributes of spans and links, those that are known and that the wire can carry. */
export function known(
  attributes: Readonly<Record<string, string | number | boolean | undefined>>,
): Attributes {
  const found: Attributes = {};
  for (const key of Object.keys(attributes)) {
    const value = attributes[key];
    if (typeof value === 'boolean') found[key] = value;
    else if (typeof value === 'string') found[key] = textThatLeaves(value);
    else if (numberOf(value) !== undefined) found[key] = value;
  }
  return found;
}

/** Runs something of the app's SDK that may throw: the app never pays for it. */
export function quietly<T>(core: Core, what: string, fn: () => T): T | undefined {
  try {
    const result = fn();
    swallow(result);
    return result;
  } catch (error) {
    threw(core, what, error);
    return undefined;
  }
}

/** Reports what the app's SDK threw. */
export function threw(core: Core, what: string, error: unknown): void {
  core.report(`jobs:${what}`, `the app's tracing threw on ${what}`, error);
}

/** Differences of clocks that measure the same moment. A wait this much below zero is none; a longer one is not known. */
const SKEW_MILLIS = 5;

/** Milliseconds from one moment to another, to the microsecond; undefined where that is not known. */
export function since(from: number | undefined, to: number): number | undefined {
  if (from === undefined || !Number.isFinite(from) || !Number.isFinite(to)) return undefined;
  const millis = Math.round((to - from) * 1000) / 1000;
  if (millis >= 0) return millis;
  return millis > -SKEW_MILLIS ? 0 : undefined;
}
