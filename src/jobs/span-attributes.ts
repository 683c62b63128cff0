import type { Attributes } from '@opentelemetry/api';
import type { Carried } from './baggage.js';
import type { JobInfo } from './job.js';
import type { QueueState } from './queue-state.js';
import { numberOf, textThatLeaves } from './scalar.js';
import { ATTR } from './semconv.js';
import { typeOf } from './type-label.js';

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

/** Adds what is told of a job's baggage: what the job says itself stays. */
export function addCarried(
  attributes: Attributes,
  carried: Pick<Carried, 'attributes'> | null | undefined,
): void {
  if (!carried) return;
  for (const key of Object.keys(carried.attributes)) attributes[key] ??= carried.attributes[key];
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
