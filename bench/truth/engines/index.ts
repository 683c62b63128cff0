import { bullmq } from './bullmq.js';
import type { Engine, EngineName } from './engine.js';
import { graphileWorker } from './graphile-worker.js';
import { pgBoss } from './pg-boss.js';

export const engines: Readonly<Record<EngineName, Engine>> = {
  bullmq,
  'pg-boss': pgBoss,
  'graphile-worker': graphileWorker,
};
