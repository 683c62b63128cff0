import type { Attributes } from '@opentelemetry/api';
import type { Core } from '../core.js';
import { swallow } from '../delivery/guard.js';
import { cut, wellFormed } from '../emission/text.js';
import type { JobValues } from './fields.js';
import type { JobInfo } from './job.js';
import { JobMemory } from './memory.js';
import type { Monitored } from './monitor.js';
import { Running } from './running.js';
import { numberOf } from './scalar.js';
import { ATTR, OTHER } from './semconv.js';
import { Tally } from './tally.js';
import type { Workers } from './workers.js';

/** What a process knows of one queue: shared by all handles to it on one box. */
export interface QueueState {
  readonly core: Core;
  readonly system: string;
  readonly name: string;
  readonly types: Set<string>;
  capacity: number | undefined;
  readonly memory: JobMemory;
  readonly tally: Tally;
  readonly running: Running;
  readonly workers: Workers;
  monitor: Monitored | undefined;
}

export function createQueueState(core: Core, system: string, name: string, workers: Workers): QueueState {
  return {
    core,
    system,
    name,
    types: new Set(),
    capacity: undefined,
    memory: new JobMemory(),
    tally: new Tally(),
    running: new Running(),
    workers,
    monitor: undefined,
  };
}

/** The job's type where types are known, `_OTHER` for others, nothing where jobs have none. */
export function typeLabel(state: QueueState, type: string | undefined): string | undefined {
  if (type === undefined) return undefined;
  return state.types.has(type) ? type : OTHER;
}

/** What every signal of a job says of it. */
export function jobValues(state: QueueState, job: JobInfo): JobValues {
  return {
    job_id: job.id,
    job_type: job.type,
    queue: state.name,
    system: state.system,
    type_label: typeLabel(state, job.type),
  };
}

/** Span attributes of an operation on a job, those that are known. */
export function spanAttributes(state: QueueState, operation: string, type: string, job: JobInfo): Attributes {
  return known({
    [ATTR.system]: state.system,
    [ATTR.queue]: state.name,
    [ATTR.operationName]: operation,
    [ATTR.operationType]: type,
    [ATTR.messageId]: job.id,
    [ATTR.jobId]: job.id,
    [ATTR.jobType]: job.type,
    [ATTR.priority]: job.priority,
    [ATTR.maxAttempts]: job.maxAttempts,
  });
}

const LONGEST = 4096;

/** Attributes of spans and links, those that are known and that the wire can carry. */
export function known(
  attributes: Readonly<Record<string, string | number | boolean | undefined>>,
): Attributes {
  const found: Attributes = {};
  for (const key of Object.keys(attributes)) {
    const value = attributes[key];
    if (typeof value === 'boolean') found[key] = value;
    else if (typeof value === 'string') found[key] = wellFormed(cut(value, LONGEST));
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
    core.report(`jobs:${what}`, `the app's tracing threw on ${what}`, error);
    return undefined;
  }
}

/** Differences of clocks that measure the same moment. A wait this much below zero is none; a longer one is not known. */
const SKEW_MILLIS = 5;

/** Milliseconds from one moment to another; undefined where that is not known. */
export function since(from: number | undefined, to: number): number | undefined {
  if (from === undefined || !Number.isFinite(from) || !Number.isFinite(to)) return undefined;
  const millis = to - from;
  if (millis >= 0) return millis;
  return millis > -SKEW_MILLIS ? 0 : undefined;
}
