import type { Core } from '../../core.js';
import type { Carrier, Jobs } from '../../jobs/index.js';
import { Recent } from '../../jobs/recent.js';
import type { Observing } from '../common/observing.js';
import { observing } from '../common/observing.js';
import { Told } from './told.js';

/** What the parts of this adapter share. `queue` gives the telemetry of a task: here the task is the queue. */
export interface Adapter extends Observing {
  readonly schema: string;
  /** Whether payloads carry the context of their enqueue. */
  readonly carriesContext: boolean;
  /** Whether the context of a failed attempt is kept in `last_error`. */
  readonly persistsLinks: boolean;
  readonly told: Told;
  /** The contexts of enqueues that were seen here, by job: the public view has no payload to find them in. */
  readonly carriers: Recent<Carrier>;
  /** Ids of the jobs that run in this process. */
  readonly running: Set<string>;
  /** Tasks, helpers and utils that are observed already: one that is given again, or passed on, is not observed twice. */
  readonly observed: WeakSet<object>;
}

export function createAdapter(
  core: Core,
  jobs: Jobs,
  options: Pick<Adapter, 'schema' | 'carriesContext' | 'persistsLinks'>,
): Adapter {
  return {
    ...observing(core, 'graphile-worker', (task) => jobs.queue(task)),
    ...options,
    told: new Told(),
    carriers: new Recent(),
    running: new Set(),
    observed: new WeakSet(),
  };
}
