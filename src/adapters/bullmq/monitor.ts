import type { Queue } from 'bullmq';
import type { Monitor } from '../../jobs/index.js';
import { optionsOf } from '../../signal/option-checks.js';
import { SignalboxError, shown } from '../../signal/signalbox-error.js';
import type { EngineMonitorOptions } from '../common/monitor-options.js';
import { ENGINE_MONITOR_OPTIONS } from '../common/monitor-options.js';
import type { BullMQAdapter } from './adapter.js';
import { backendOf } from './backend-by-release.js';
import { measuresOf } from './queue-measures.js';
import { telemetryAt } from './queue-place.js';
import { schedulersOf } from './schedulers.js';

/** How the monitor looks at a queue of BullMQ. It asks BullMQ what the queue holds. */
export type BullMQMonitorOptions = EngineMonitorOptions;

export function monitorQueue(adapter: BullMQAdapter, queue: Queue, options?: BullMQMonitorOptions): Monitor {
  if (typeof queue?.getJobCounts !== 'function')
    throw new SignalboxError(`monitor: the queue is ${shown(queue)}. Give a Queue of BullMQ.`);
  const { name, qualifiedName } = queue;
  const { schema } = backendOf(queue) as { readonly schema?: unknown };
  const telemetry = telemetryAt(adapter, { name, qualifiedName, schema });
  const measures = measuresOf(queue, () => telemetry.now());
  const own = optionsOf(`monitor of queue ${shown(name)}`, options, ENGINE_MONITOR_OPTIONS);
  return telemetry.monitor({
    depth: async () => (await measures()).depth,
    oldestAgeMillis: async () => (await measures()).oldestAgeMillis,
    paused: async () => (await measures()).paused,
    schedules: schedulersOf(queue, () => telemetry.now()),
    ...own,
    closed: () => queue.closing !== undefined,
  });
}
