import type { Deadline } from './destination.js';

const calls = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Calls when the deadline comes, at once where it has come; returns the undo. All the destinations of a box wait for one deadline, and Node
 * warns of a leak where a signal has more than ten listeners: here it has one.
 */
export function atDeadline({ signal }: Deadline, call: () => void): () => void {
  if (signal.aborted) {
    call();
    return () => {};
  }
  let waiting = calls.get(signal);
  if (!waiting) {
    const all = new Set<() => void>();
    signal.addEventListener('abort', () => {
      for (const one of all) one();
    });
    calls.set(signal, all);
    waiting = all;
  }
  const mine = waiting.add(call);
  return () => mine.delete(call);
}

/** Resolves when `promise` settles, or when the deadline comes. */
export function untilDeadline(promise: Promise<unknown>, deadline: Deadline): Promise<void> {
  return new Promise((resolve) => {
    const undo = atDeadline(deadline, resolve);
    const done = (): void => {
      undo();
      resolve();
    };
    promise.then(done, done);
  });
}
