import type { Schema } from './schema.js';
import type { WorkerWatch } from './worker-watch.js';

/** A runner whose events are heard. */
export interface Runner {
  readonly schema: Schema;
  readonly workers: WorkerWatch;
}
