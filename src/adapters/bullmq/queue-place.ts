import type { IQueueBackend, Job } from 'bullmq';
import type { QueueHandle } from '../../jobs/queue.js';
import type { BullMQAdapter } from './adapter.js';
import type { RedisClient } from './redis-client.js';

/** Where a queue is in a store, by fields that a Queue, a Worker and their backends have. */
export interface Place {
  readonly name: string;
  /** The name with its prefix, if the store has prefixes. */
  readonly qualifiedName: string;
  /** The schema, if the store has schemas. */
  readonly schema?: unknown;
}

/** BullMQ's defaults. */
const PREFIX = 'bull';
const SCHEMA = 'bullmq';

/** The prefix or the schema of a queue. Undefined if it is BullMQ's default. */
export function namespaceOf({ name, qualifiedName, schema }: Place): string | undefined {
  if (typeof schema === 'string') return schema === SCHEMA ? undefined : schema;
  if (qualifiedName.length <= name.length + 1) return undefined;
  const prefix = qualifiedName.slice(0, -(name.length + 1));
  return prefix === PREFIX ? undefined : prefix;
}

/** A key for a queue. Queues of the same name with other prefixes or schemas have other keys. */
export function whereOf({ qualifiedName, schema }: Omit<Place, 'name'>): string {
  return typeof schema === 'string' ? `${schema}\n${qualifiedName}` : qualifiedName;
}

/** The key of a job's queue. */
export function whereIs(job: Pick<Job, 'queueQualifiedName'>): string {
  const { backend } = job as { readonly backend?: { readonly schema?: unknown } };
  return whereOf({ qualifiedName: job.queueQualifiedName, schema: backend?.schema });
}

/** A key for a job. Jobs of different queues may have the same id. */
export function keyAt(place: Omit<Place, 'name'>, id: string | undefined): string {
  return `${whereOf(place)}\n${id ?? ''}`;
}

export function keyOf(job: Pick<Job, 'id' | 'queueQualifiedName'>): string {
  return `${whereIs(job)}\n${job.id ?? ''}`;
}

export function telemetryAt(adapter: BullMQAdapter, place: Place): QueueHandle {
  return adapter.queue(place.name, namespaceOf(place));
}

/** The place of a queue on a backend that may serve other queues too. */
export function placeOn(backend: IQueueBackend, name: string): Place {
  const { schema } = backend as { readonly schema?: unknown };
  return { name, qualifiedName: backend.qualifiedName, schema };
}

/** The place of a backend, without the queue's name. */
export function whereabouts(backend: IQueueBackend): Omit<Place, 'name'> {
  const { schema } = backend as { readonly schema?: unknown };
  return { qualifiedName: backend.qualifiedName, schema };
}

/** A backend's siblings within one call. The call makes one for each queue, however many of its jobs come. */
export function siblings(
  backend: IQueueBackend,
): (queueName: string, prefix: string | undefined) => IQueueBackend {
  const made = new Map<string, IQueueBackend>();
  return (queueName, prefix) => {
    const key = `${prefix ?? ''}\n${queueName}`;
    const sibling = made.get(key) ?? backend.forQueue(queueName, prefix as string);
    made.set(key, sibling);
    return sibling;
  };
}

/** Asks a client of Redis. The question goes out before anything that is sent from now on. */
export type AskRedis = <T>(what: (redis: RedisClient) => Promise<T>) => Promise<T>;

const asking = new WeakMap<Promise<RedisClient>, AskRedis>();

/**
 * How to ask a backend that sends everything on one connection and so gets answers in the order of the questions. Backends that share the connection
 * have the same asker. Undefined for a backend with many connections, as a pool of PostgreSQL has.
 */
export function askerOf(backend: IQueueBackend): AskRedis | undefined {
  const { ask, client } = backend as { readonly ask?: AskRedis; readonly client?: unknown };
  if (ask) return ask;
  if (!(client instanceof Promise)) return undefined;
  const asks: AskRedis = asking.get(client) ?? ((what) => (client as Promise<RedisClient>).then(what));
  asking.set(client, asks);
  return asks;
}
