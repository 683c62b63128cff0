import type { EventEmitter } from 'node:events';
import type { Signalbox } from 'signalbox';

/** What is looked at again and again, by name. */
export interface SampleLine {
  /** Milliseconds of the monotonic clock. */
  readonly at: number;
  readonly values: Readonly<Record<string, number>>;
}

/** Looks once. The heap is looked at after garbage was collected (`node --expose-gc`). */
export function takeSample(box: Signalbox, emitters: Readonly<Record<string, EventEmitter>>): SampleLine {
  const { gc } = globalThis as { readonly gc?: () => void };
  gc?.();
  gc?.();
  const { heapUsed, rss, external } = process.memoryUsage();
  const values: Record<string, number> = { heap: heapUsed, rss, external };
  for (const kind of process.getActiveResourcesInfo())
    values[`resources ${kind}`] = (values[`resources ${kind}`] ?? 0) + 1;
  for (const [name, emitter] of Object.entries(emitters))
    values[`listeners of ${name}`] = listenersOf(emitter);
  values['listeners of process'] = listenersOf(process);
  for (const [name, { queue, channels }] of Object.entries(box.stats().destinations)) {
    if (queue) values[`queue of ${name}`] = queue.size;
    for (const [channel, counts] of Object.entries(channels))
      values[`${channel} queued for ${name}`] = counts.queued;
  }
  return { at: performance.now(), values };
}

function listenersOf(emitter: EventEmitter): number {
  return emitter.eventNames().reduce((sum, name) => sum + emitter.listenerCount(name), 0);
}
