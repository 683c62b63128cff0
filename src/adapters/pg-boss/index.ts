export type { Monitor } from '../../jobs/monitor.js';
export type { RelationOption } from '../../jobs/queue.js';
export { type BossOptions, type PgBossJobs, type PgBossJobsOptions, pgBossJobs } from './pg-boss-jobs.js';
export type { PgBossMonitorOptions } from './queue-monitor.js';
