import type { QueueValues } from './job-fields.js';

/** What distinguishes a queue of a system from its others. */
export interface QueueName {
  readonly name: string;
  readonly namespace: string | undefined;
}

/** What every signal says of its queue. */
export function queueValues({ name, namespace }: QueueName): QueueValues {
  return { queue: name, namespace };
}

/** As sentences say it. */
export function named({ name, namespace }: QueueName): string {
  return namespace === undefined ? `'${name}'` : `'${name}' of '${namespace}'`;
}
