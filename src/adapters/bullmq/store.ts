import type { IQueueBackend } from 'bullmq';
import type { QueueTelemetry } from '../../jobs/index.js';
import type { Adapter } from './adapter.js';

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

export function telemetryAt(adapter: Adapter, place: Place): QueueTelemetry {
  return adapter.queue(place.name, namespaceOf(place));
}

/** The place of a queue on a backend that may serve other queues too. */
export function placeOn(backend: IQueueBackend, name: string): Place {
  const { schema } = backend as { readonly schema?: unknown };
  return { name, qualifiedName: backend.qualifiedName, schema };
}

/** What is asked of a client of Redis, whichever one BullMQ was given. */
export interface RedisClient {
  defineCommand(name: string, definition: { numberOfKeys: number; lua: string; readOnly?: boolean }): void;
  runCommand(name: string, args: readonly (string | number)[]): Promise<unknown>;
  hexists(key: string, field: string): Promise<number>;
}

/**
 * The client of a backend that sends all on one connection, so that it answers in the order in which it was asked. Undefined of one that
 * has many, as a pool of PostgreSQL has.
 */
export function clientOf(backend: IQueueBackend): Promise<RedisClient> | undefined {
  const { client } = backend as { readonly client?: unknown };
  return client instanceof Promise ? (client as Promise<RedisClient>) : undefined;
}
