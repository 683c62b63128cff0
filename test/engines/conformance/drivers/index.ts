import type { EngineName } from '../cells.js';
import type { Driver } from '../driver.js';

/** Engines are loaded one by one: a worker process needs its own alone. */
export async function driverOf(engine: EngineName): Promise<Driver> {
  switch (engine) {
    case 'memory':
      return (await import('./memory.js')).memory;
    case 'bullmq':
      return (await import('./bullmq.js')).bullmq;
    case 'pg-boss':
      return (await import('./pg-boss.js')).pgBoss;
    case 'graphile-worker':
      return (await import('./graphile-worker.js')).graphileWorker;
  }
}
