import type { Job, JobJson } from 'bullmq';
import type { AskRedis } from './queue-place.js';
import type { Given, RedisClient } from './redis-client.js';
import { redisOf } from './redis-client.js';
import type { Pass } from './scripts-commands.js';
import { hearCommands, openCommands } from './scripts-commands.js';
import { storedJob } from './stored-job.js';

/** The object that has BullMQ 5's commands. Each queue and worker has one, and before 5.81 each Job too. */
export type Scripts = object;

/** What signalbox uses of a Queue, Worker or FlowProducer of BullMQ 5. */
export interface OfBullMQ5 {
  /** Undefined for a FlowProducer. */
  readonly name?: string;
  readonly opts: { readonly prefix?: string };
  readonly client: Promise<unknown>;
  readonly scripts?: Scripts;
}

interface WithScripts {
  scripts?: unknown;
}

const PREFIX = 'bull';

/**
 * A backend for a queue of BullMQ 5, which has none of its own. It answers what the backends of BullMQ 6 answer. The commands of the scripts that it
 * observes go through its methods, under their names in BullMQ 6.
 */
export class ScriptsBackend {
  readonly qualifiedName: string;
  /** Asks at once if the connection is there, so that anything sent later comes after the question. */
  readonly ask: AskRedis;
  readonly #prefix: string;
  /** Makes a call as one of its commands. */
  readonly pass: Pass;
  readonly #siblings: Map<string, ScriptsBackend>;
  #scripts: Scripts | undefined;

  static of({ name = '', opts, client, scripts }: OfBullMQ5): ScriptsBackend {
    const made = new ScriptsBackend(name, opts.prefix ?? PREFIX, askerOf(client), new Map());
    if (scripts) made.#hear(scripts);
    return made;
  }

  private constructor(name: string, prefix: string, ask: AskRedis, siblings: Map<string, ScriptsBackend>) {
    this.#prefix = prefix;
    this.qualifiedName = `${prefix}:${name}`;
    this.ask = ask;
    this.#siblings = siblings;
    this.pass = openCommands(this);
  }

  toKey(type: string): string {
    return `${this.qualifiedName}:${type}`;
  }

  parseNodeKey(key: string): { readonly prefix: string; readonly queueName: string; readonly id: string } {
    const own = this.toKey('');
    if (key.startsWith(own))
      return {
        prefix: this.#prefix,
        queueName: this.qualifiedName.slice(this.#prefix.length + 1),
        id: key.slice(own.length),
      };
    // Prefixes may have colons. Names of queues and ids that the app chose have none.
    const [id = '', queueName = '', ...prefix] = key.split(':').reverse();
    return { prefix: prefix.reverse().join(':'), queueName, id };
  }

  forQueue(name: string, prefix: string = this.#prefix): ScriptsBackend {
    const key = `${prefix}:${name}`;
    const sibling = this.#siblings.get(key) ?? new ScriptsBackend(name, prefix, this.ask, this.#siblings);
    this.#siblings.set(key, sibling);
    return sibling;
  }

  async getJobData(id: string): Promise<JobJson | undefined> {
    return storedJob(id, await this.ask((redis) => redis.hgetall(this.toKey(id))));
  }

  async getDependencies(id: string): Promise<{ readonly unprocessed: string[] }> {
    return { unprocessed: await this.ask((redis) => redis.smembers(this.toKey(`${id}:dependencies`))) };
  }

  getDeduplicationJobId(id: string): Promise<string | null> {
    return this.ask((redis) => redis.get(this.toKey(`de:${id}`)));
  }

  /** Makes a Job use the observed scripts of its queue, as each Job does from 5.81 on. */
  adopt(job: Job): void {
    const { queueName, queueQualifiedName } = job;
    if (queueQualifiedName === this.qualifiedName) this.#adopt(job as unknown as WithScripts);
    else {
      const prefix = queueQualifiedName.slice(0, -(queueName.length + 1));
      this.forQueue(queueName, prefix).#adopt(job as unknown as WithScripts);
    }
  }

  #adopt(job: WithScripts): void {
    if (typeof job.scripts !== 'object' || job.scripts === null) return;
    if (this.#scripts) job.scripts = this.#scripts;
    else this.#hear(job.scripts);
  }

  #hear(scripts: Scripts): void {
    this.#scripts = scripts;
    hearCommands(scripts, this.pass);
  }
}

function askerOf(client: Promise<unknown>): AskRedis {
  let there: RedisClient | undefined;
  const redis = (given: unknown): RedisClient => {
    there ??= redisOf(given as Given);
    return there;
  };
  // Each caller of the asker gets the rejection itself.
  client.then(redis, () => undefined);
  return (what) =>
    // The question goes out at once if the client is there. If not, it still goes out before the command of anyone who asks BullMQ later.
    there
      ? new Promise((resolve) => resolve(what(redis(there))))
      : client.then((given) => what(redis(given)));
}
