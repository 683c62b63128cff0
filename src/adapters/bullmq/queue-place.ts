import type { IQueueBackend, Job } from 'bullmq';
import type { QueueHandle } from '../../jobs/queue.js';
import type { BullMQAdapter } from './adapter.js';
import type { RedisClient } from './redis-client.js';

/** A queue's place in a store, as a Queue, a Worker and their backends have it. */
export interface Place {
  readonly name: string;
  /** With its prefix, where the store has any. */
  readonly qualifiedName: string;
  /** The schema, where the store has any. */
  readonly schema?: unknown;
}

/** Of BullMQ itself, where the app gives none. */
const PREFIX = 'bull';
const SCHEMA = 'bullmq';

/** The prefix or the schema of a queue, where it is not BullMQ's default. */
export function namespaceOf({ name, qualifiedName, schema }: Place): string | undefined {
  if (typeof schema === 'string') return schema === SCHEMA ? undefined : schema;
  if (qualifiedName.length <= name.length + 1) return undefined;
  const prefix = qualifiedName.slice(0, -(name.length + 1));
  return prefix === PREFIX ? undefined : prefix;
}

/** What distinguishes a queue from others of its name: those of other prefixes or schemas. */
export function whereOf({ qualifiedName, schema }: Omit<Place, 'name'>): string {
  return typeof schema === 'string' ? `${schema}\n${qualifiedName}` : qualifiedName;
}

/** The same, of a job's queue. */
export function whereIs(job: Pick<Job, 'queueQualifiedName'>): string {
  const { backend } = job as { readonly backend?: { readonly schema?: unknown } };
  return whereOf({ qualifiedName: job.queueQualifiedName, schema: backend?.schema });
}

/** Jobs of different queues may have the same id. */
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

/** Of a backend itself. */
export function whereabouts(backend: IQueueBackend): Omit<Place, 'name'> {
  const { schema } = backend as { readonly schema?: unknown };
  return { qualifiedName: backend.qualifiedName, schema };
}

/** The siblings of a backend within a call: one for each queue, however many jobs of it come. */
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

/** Asks a client for something, before what is sent to its store from now on. */
export type AskRedis = <T>(what: (redis: RedisClient) => Promise<T>) => Promise<T>;

const asking = new WeakMap<Promise<RedisClient>, AskRedis>();

/**
 * How a backend is asked that sends all on one connection, so that it answers in the order in which it was asked: the same for all that
 * share the connection. Undefined of one that has many, as a pool of PostgreSQL has.
 */
export function askerOf(backend: IQueueBackend): AskRedis | undefined {
  const { ask, client } = backend as { readonly ask?: AskRedis; readonly client?: unknown };
  if (ask) return ask;
  if (!(client instanceof Promise)) return undefined;
  const asks: AskRedis = asking.get(client) ?? ((what) => (client as Promise<RedisClient>).then(what));
  asking.set(client, asks);
  return asks;
}
