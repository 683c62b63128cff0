import type { Core } from '../../box/core.js';
import type { Jobs } from '../../jobs/index.js';
import type { Observing } from '../common/adapter-base.js';
import { observing } from '../common/adapter-base.js';
import { typesOfQueue } from '../common/job-types.js';
import type { Schema } from './schema.js';
import { schemasOf } from './schema.js';

/** What the parts of this adapter share. */
export interface GraphileAdapter extends Observing {
  readonly core: Core;
  /** In development: where the app made its runner, or else where it called graphileJobs(). */
  readonly made: { at: Error | undefined };
  /** The schema that the adapter was made for. Utils, added jobs and monitors belong to it. */
  readonly home: Schema;
  /** The schema of a runner, or of a call, that names one itself. */
  schema(name: string): Schema;
  /** Whether payloads carry the context of their enqueue. */
  readonly carriesContext: boolean;
  /** Whether a failed attempt leaves its context in `last_error`. */
  readonly persistsLinks: boolean;
}

export function createAdapter(
  core: Core,
  jobs: Jobs,
  options: Pick<GraphileAdapter, 'carriesContext' | 'persistsLinks'> & {
    readonly schema: string;
    readonly types?: readonly string[] | undefined;
  },
): GraphileAdapter {
  const { schema: home, types, ...how } = options;
  const seen = observing(core, 'graphile-worker', (task, namespace) =>
    jobs.queue(task, {
      types: typesOfQueue(types, task),
      ...(namespace === undefined ? {} : { namespace }),
    }),
  );
  const schema = schemasOf(core, seen);
  return { core, made: { at: seen.here() }, ...seen, ...how, schema, home: schema(home) };
}
