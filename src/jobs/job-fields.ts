import type { Field, OptionalField } from '../signal/field.js';
import { boolean, duration, error, id, int, number, optional, string } from '../signal/field.js';
import { ATTR } from './semconv.js';

/** What every signal says of its queue. */
export interface QueueValues {
  queue: string;
  /** What distinguishes queues of one name: an engine's prefix or schema, where that is not its default. */
  namespace?: string | undefined;
}

/** What every signal of a job says of it. `system`, `type_label` are for metrics alone. */
export interface JobValues extends QueueValues {
  job_id?: string | undefined;
  job_type?: string | undefined;
  system: string;
  type_label?: string | undefined;
}

type Optional<T, K extends Field<unknown>['kind']> = OptionalField<T, K>;

export const jobId: Optional<string, 'id'> = optional(id({ attribute: ATTR.jobId }));
export const jobType: Optional<string, 'string'> = optional(string({ attribute: ATTR.jobType }));
export const workerId: Optional<string, 'id'> = optional(id({ attribute: ATTR.worker }));
export const queue: Field<string, 'string'> = string({ attribute: ATTR.queue });
export const namespace: Optional<string, 'string'> = optional(string({ attribute: ATTR.namespace }));
export const system: Field<string, 'string'> = string({ attribute: ATTR.system, metricsOnly: true });
export const typeLabel: Optional<string, 'string'> = optional(
  string({ attribute: ATTR.jobType, metricsOnly: true }),
);
export const errorLabel: Optional<string, 'string'> = optional(
  string({ attribute: ATTR.errorType, metricsOnly: true }),
);
export const priority: Optional<number, 'number'> = optional(number({ attribute: ATTR.priority }));
export const attempt: Optional<number, 'int'> = optional(int({ attribute: ATTR.attempt }));
export const attempts: Optional<number, 'int'> = optional(int({ attribute: ATTR.attempts }));
export const nextAttempt: Optional<number, 'int'> = optional(int({ attribute: ATTR.nextAttempt }));
export const maxAttempts: Optional<number, 'int'> = optional(int({ attribute: ATTR.maxAttempts }));
export const ran: Optional<number, 'duration'> = optional(duration({ attribute: ATTR.duration }));
/** What `messaging.process.duration` measures: left out where another library measures it, or where nothing ran. */
export const processTime: Optional<number, 'duration'> = optional(duration({ metricsOnly: true }));
export const wait: Optional<number, 'duration'> = optional(duration({ attribute: ATTR.wait }));
export const turnaround: Optional<number, 'duration'> = optional(duration({ attribute: ATTR.turnaround }));
export const retryDelay: Optional<number, 'duration'> = optional(duration({ attribute: ATTR.retryDelay }));
export const delay: Optional<number, 'duration'> = optional(duration({ attribute: ATTR.delay }));
export const willRetry: Field<boolean, 'boolean'> = boolean({ attribute: ATTR.willRetry });
export const queueSize: Optional<number, 'int'> = optional(int({ attribute: ATTR.queueSize }));
export const queueCapacity: Optional<number, 'int'> = optional(int({ attribute: ATTR.queueCapacity }));
export const thrown: Field<unknown, 'error'> = error();
/** Where there may be none. */
export const thrownMaybe: Optional<unknown, 'error'> = optional(error());
export const thrownBefore: Optional<unknown, 'error'> = optional(error({ detail: 'type' }));

/** Fields that close every signal of a job: the queue, and the labels of its metrics. */
export const common: {
  readonly queue: typeof queue;
  readonly namespace: typeof namespace;
  readonly system: typeof system;
  readonly type_label: typeof typeLabel;
} = { queue, namespace, system, type_label: typeLabel };
