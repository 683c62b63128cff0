import type { RunnerWorkers } from './runner-workers.js';
import type { Schema } from './schema.js';

/** A runner whose events signalbox hears. */
export interface Runner {
  readonly schema: Schema;
  readonly workers: RunnerWorkers;
}
