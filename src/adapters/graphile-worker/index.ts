export type { GraphileJobsOptions } from './adapter-options.js';
export type { JobsSource, Queryable } from './database.js';
export {
  type GraphileJobs,
  graphileJobs,
  type RunsTasks,
} from './graphile-jobs.js';
export type { GraphileMonitorOptions } from './monitor.js';
export type { Preset } from './plugin.js';
export type { AddsJobs } from './utils.js';
