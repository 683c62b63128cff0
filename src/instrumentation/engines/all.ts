import * as bullmq from './bullmq.js';
import * as graphileWorker from './graphile-worker.js';
import * as pgBoss from './pg-boss.js';

/** All engines, for a bundle: it contains only files that are imported. */
export const allEngines: {
  readonly bullmq: typeof bullmq;
  readonly 'pg-boss': typeof pgBoss;
  readonly 'graphile-worker': typeof graphileWorker;
} = { bullmq, 'pg-boss': pgBoss, 'graphile-worker': graphileWorker };
