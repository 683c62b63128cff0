export type { Monitor } from '../../jobs/monitor.js';
export type { RelationOption } from '../../jobs/queue.js';
export type { PgBossJobsOptions } from './adapter-options.js';
export type { AnyBoss } from './any-boss.js';
export type { PgBossClasses } from './classes.js';
export type { PgBossMonitorOptions } from './monitor.js';
export { type BossOptions, type PgBossJobs, pgBossJobs } from './pg-boss-jobs.js';
export { within } from './within.js';
