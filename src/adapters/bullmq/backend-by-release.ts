import type { FlowProducer, IQueueBackend, Job, Queue, Worker } from 'bullmq';
import type { OfBullMQ5 } from './scripts-backend.js';
import { ScriptsBackend } from './scripts-backend.js';

const BACKENDS = Symbol.for('signalbox.bullmq-backends.1');

/** Shared with other copies of this package in the process. */
function made(): WeakMap<object, ScriptsBackend> {
  const holder = globalThis as { [BACKENDS]?: WeakMap<object, ScriptsBackend> };
  holder[BACKENDS] ??= new WeakMap();
  return holder[BACKENDS];
}

/** The backend that the jobs of a queue, flow producer or worker go through. BullMQ 6 has one. For BullMQ 5, signalbox makes one over its scripts. */
export function backendOf(given: Queue | FlowProducer | Worker): IQueueBackend {
  if (typeof given.getBackend === 'function') return given.getBackend() as IQueueBackend;
  const known = made().get(given) ?? ScriptsBackend.of(given as unknown as OfBullMQ5);
  made().set(given, known);
  return known as unknown as IQueueBackend;
}

/**
 * Makes a queue's call as a command of its backend. BullMQ 6 does so itself. BullMQ 5 makes it on another object, with scripts of its own that
 * signalbox does not observe.
 */
export function byCommand(
  given: Queue,
  name: keyof IQueueBackend,
  args: readonly unknown[],
  call: () => unknown,
): unknown {
  if (sharesCommands(given)) return call();
  return (backendOf(given) as unknown as ScriptsBackend).pass(name, args, call);
}

/** Whether the backend gets a Job's own options object, as it does from BullMQ 6 on, and not a copy. */
export function isGivenOptions(backend: IQueueBackend): boolean {
  return !('adopt' in backend);
}

/** Whether the jobs that it hands out use its own backend anyway, as they do from BullMQ 6 on. */
export function sharesCommands(given: Queue | FlowProducer | Worker): boolean {
  return typeof given.getBackend === 'function';
}

/** Observes the commands of a Job that `owner` handed out. */
export function adopt(owner: Queue | FlowProducer | Worker, job: Job): void {
  if (!sharesCommands(owner)) (backendOf(owner) as unknown as ScriptsBackend).adopt(job);
}
