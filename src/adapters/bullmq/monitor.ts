import type { Queue } from 'bullmq';
import type { Monitor, MonitorOptions } from '../../jobs/index.js';
import { SignalboxError, shown } from '../../signal/problem.js';
import type { Adapter } from './adapter.js';
import { standingOf } from './standing.js';
import { telemetryAt } from './store.js';

/** How a queue of BullMQ is looked at. What it holds is asked of BullMQ. */
export type BullMQMonitorOptions = Pick<MonitorOptions, 'intervalMillis' | 'backlog' | 'failureRate'>;

export function monitorQueue(adapter: Adapter, queue: Queue, options: BullMQMonitorOptions): Monitor {
  if (typeof queue?.getJobCounts !== 'function')
    throw new SignalboxError(`monitor: the queue is ${shown(queue)}. Give a Queue of BullMQ.`);
  const { name, qualifiedName } = queue;
  const { schema } = (queue.getBackend?.() ?? {}) as { readonly schema?: unknown };
  const telemetry = telemetryAt(adapter, { name, qualifiedName, schema });
  const standing = standingOf(queue, () => telemetry.now());
  const { intervalMillis, backlog, failureRate } = options;
  return telemetry.monitor({
    depth: async () => (await standing()).depth,
    oldestAgeMillis: async () => (await standing()).oldestAgeMillis,
    paused: async () => (await standing()).paused,
    intervalMillis,
    backlog,
    failureRate,
    closed: () => queue.closing !== undefined,
  });
}
