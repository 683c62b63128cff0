import * as bullmq from './bullmq.js';
import * as graphileWorker from './graphile-worker.js';
import * as pgBoss from './pg-boss.js';

/** All of them, for a bundle: what is not imported is not in it. */
export const allEngines: {
  readonly bullmq: typeof bullmq;
  readonly 'pg-boss': typeof pgBoss;
  readonly 'graphile-worker': typeof graphileWorker;
} = { bullmq, 'pg-boss': pgBoss, 'graphile-worker': graphileWorker };
