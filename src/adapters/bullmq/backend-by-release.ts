import type { FlowProducer, IQueueBackend, Job, Queue, Worker } from 'bullmq';
import type { OfBullMQ5 } from './scripts-backend.js';
import { ScriptsBackend } from './scripts-backend.js';

const BACKENDS = Symbol.for('signalbox.bullmq-backends.1');

/** Those that were made here, or by another copy of this package. */
function made(): WeakMap<object, ScriptsBackend> {
  const holder = globalThis as { [BACKENDS]?: WeakMap<object, ScriptsBackend> };
  holder[BACKENDS] ??= new WeakMap();
  return holder[BACKENDS];
}

/** The backend that something's jobs go through: of BullMQ 6 its own, of BullMQ 5 one over its scripts. */
export function backendOf(given: Queue | FlowProducer | Worker): IQueueBackend {
  if (typeof given.getBackend === 'function') return given.getBackend() as IQueueBackend;
  const known = made().get(given) ?? ScriptsBackend.of(given as unknown as OfBullMQ5);
  made().set(given, known);
  return known as unknown as IQueueBackend;
}

/** Makes a call of a queue by a command of its backend: BullMQ 6 does so itself, 5 by another object that has scripts of its own. */
export function byCommand(
  given: Queue,
  name: keyof IQueueBackend,
  args: readonly unknown[],
  call: () => unknown,
): unknown {
  if (sharesCommands(given)) return call();
  return (backendOf(given) as unknown as ScriptsBackend).pass(name, args, call);
}

/** Whether a backend is given the very options of a Job, as from BullMQ 6 on, and no copy of them. */
export function isGivenOptions(backend: IQueueBackend): boolean {
  return !('adopt' in backend);
}

/** Whether what it hands out goes by its own backend anyway, as from BullMQ 6 on. */
export function sharesCommands(given: Queue | FlowProducer | Worker): boolean {
  return typeof given.getBackend === 'function';
}

/** Has the commands of a Job heard that something handed out. */
export function adopt(owner: Queue | FlowProducer | Worker, job: Job): void {
  if (!sharesCommands(owner)) (backendOf(owner) as unknown as ScriptsBackend).adopt(job);
}
