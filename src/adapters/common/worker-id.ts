import { hostname } from 'node:os';
import { threadId } from 'node:worker_threads';

const COUNT = Symbol.for('signalbox.workers.1');

/**
 * The id of a worker that has no name: `<host>-<pid>-<n>`. `n` counts such workers in this process, of all engines, forms and copies of the
 * package. A worker thread counts its own: `<host>-<pid>.<thread>-<n>`.
 */
export function workerId(): string {
  const holder = globalThis as { [COUNT]?: number };
  const n = (holder[COUNT] ?? 0) + 1;
  holder[COUNT] = n;
  const thread = threadId === 0 ? '' : `.${threadId}`;
  return `${hostname()}-${process.pid}${thread}-${n}`;
}
