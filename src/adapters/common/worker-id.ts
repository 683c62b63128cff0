import { hostname } from 'node:os';
import { threadId } from 'node:worker_threads';

const COUNT = Symbol.for('signalbox.workers.1');

/**
 * The id of a worker that has no name: `<host>-<pid>-<n>`, `n` counting such workers of this process, whichever engine, form or copy of the
 * package has them. Another thread counts for itself: there it is `<host>-<pid>.<thread>-<n>`.
 */
export function workerId(): string {
  const holder = globalThis as { [COUNT]?: number };
  const n = (holder[COUNT] ?? 0) + 1;
  holder[COUNT] = n;
  const thread = threadId === 0 ? '' : `.${threadId}`;
  return `${hostname()}-${process.pid}${thread}-${n}`;
}
