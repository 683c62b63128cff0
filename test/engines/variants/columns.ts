import type { Column } from '../conformance/columns.js';

/** Settings of engines in which the scenarios are run by hand. */
export const VARIANTS = {
  bullmqPostgres: {
    title: 'bullmq on PostgreSQL',
    engine: 'bullmq',
    file: '/variants/bullmq-postgres.variant.ts',
  },
  bullmqCluster: {
    title: 'bullmq on a Redis Cluster',
    engine: 'bullmq',
    file: '/variants/bullmq-cluster.variant.ts',
  },
  pgBossBouncer: {
    title: 'pg-boss through PgBouncer',
    engine: 'pg-boss',
    file: '/variants/pg-boss-pgbouncer.variant.ts',
  },
  graphileBouncer: {
    title: 'graphile-worker through PgBouncer',
    engine: 'graphile-worker',
    file: '/variants/graphile-worker-pgbouncer.variant.ts',
  },
} as const satisfies Record<string, Column>;
