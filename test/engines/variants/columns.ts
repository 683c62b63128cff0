import type { Column } from '../conformance/column.js';

/** Settings of engines in which the scenarios are run by hand. */
export const VARIANTS = {
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
