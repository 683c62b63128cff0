import type { EngineName } from '../cells.js';
import type { Driver } from '../driver.js';
import type { Line } from '../setting.js';

/** Engines are loaded one by one: a worker process needs its own alone. Default: the repository's own release. */
export async function driverOf(engine: EngineName, line?: Line): Promise<Driver> {
  switch (engine) {
    case 'memory':
      return (await import('./memory.js')).memory;
    case 'bullmq':
      return (await import('./bullmq.js')).bullmqOf(line);
    case 'pg-boss':
      return (await import('./pg-boss.js')).pgBossOf(line);
    case 'graphile-worker':
      return (await import('./graphile-worker.js')).graphileWorkerOf(line);
  }
}
