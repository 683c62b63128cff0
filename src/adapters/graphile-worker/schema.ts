import type { Core } from '../../box/core.js';
import { Recent } from '../../jobs/bounded-map.js';
import type { Carrier, QueueTelemetry } from '../../jobs/index.js';
import type { Observing } from '../common/adapter-base.js';
import { DEFAULT_SCHEMA } from './adapter-options.js';
import { Crontabs } from './crontab.js';
import { EmittedEnds } from './emitted-ends.js';

/** What this process knows of the jobs of one schema, by their ids. Jobs of another schema may have the same ids. */
interface Known {
  readonly emitted: EmittedEnds;
  /** The contexts of enqueues that this process saw, by job: the public view has no payload to read them from. */
  readonly carriers: Recent<Carrier>;
  /** Ids of the jobs that run in this process. */
  readonly running: Set<string>;
  /** From when jobs that ran here could first have run, in epoch milliseconds by the database's clock. */
  readonly firstRunnable: Recent<number>;
  /** From when jobs can run that this process moved. Their rows do not say it. */
  readonly moved: Recent<Moved>;
  /** The crontabs of its runners in this process. */
  readonly crontabs: Crontabs;
}

/** Epoch milliseconds by the database's clock. */
export interface Moved {
  /** Tells this change from a later one. */
  readonly updatedAt: number;
  readonly runnableAt: number;
}

/** One schema of the engine, with its jobs. */
export interface Schema extends Known {
  readonly name: string;
  /** The telemetry of a task. The task is the queue. */
  queue(task: string): QueueTelemetry;
}

/** Returns the schemas of one box by name. All adapters of a box share what is known of a schema. */
export function schemasOf(core: Core, observing: Observing): (name: string) => Schema {
  const schemas = new Map<string, Schema>();
  return (name) => {
    const found = schemas.get(name);
    if (found) return found;
    const namespace = name === DEFAULT_SCHEMA ? undefined : name;
    const schema: Schema = {
      ...knownOf(core, name),
      name,
      queue: (task) => observing.queue(task, namespace),
    };
    schemas.set(name, schema);
    return schema;
  };
}

function knownOf(core: Core, name: string): Known {
  const key = `graphile-worker.1 ${name}`;
  const known: Known = (core.shared.get(key) as Known | undefined) ?? {
    emitted: new EmittedEnds(),
    carriers: new Recent(),
    running: new Set(),
    firstRunnable: new Recent(),
    moved: new Recent(),
    crontabs: new Crontabs(),
  };
  core.shared.set(key, known);
  return known;
}
