export type { Monitor } from '../../jobs/monitor.js';
export type { RelationOption } from '../../jobs/queue.js';
export type { AnyBoss } from './any-boss.js';
export type { PgBossClasses } from './classes.js';
export type { PgBossJobsOptions } from './options.js';
export { type BossOptions, type PgBossJobs, pgBossJobs } from './pg-boss-jobs.js';
export type { PgBossMonitorOptions } from './queue-monitor.js';
export { within } from './within.js';
