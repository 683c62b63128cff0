import type { Deadline } from './destination.js';

interface Waiting {
  readonly calls: Set<() => void>;
  readonly fire: () => void;
}

const waitingFor = new WeakMap<AbortSignal, Waiting>();

/**
 * Calls when the deadline comes, at once where it has come; returns the undo. All the destinations of a box wait for one deadline, and Node
 * warns of a leak where a signal has more than ten listeners: here it has one, and none when nobody waits any more.
 */
export function atDeadline({ signal }: Deadline, call: () => void): () => void {
  if (signal.aborted) {
    call();
    return () => {};
  }
  const { calls, fire } = waitingFor.get(signal) ?? listen(signal);
  const mine = (): void => call();
  calls.add(mine);
  return () => {
    calls.delete(mine);
    if (calls.size > 0) return;
    signal.removeEventListener('abort', fire);
    waitingFor.delete(signal);
  };
}

function listen(signal: AbortSignal): Waiting {
  const calls = new Set<() => void>();
  const waiting = {
    calls,
    fire: () => {
      for (const call of calls) call();
    },
  };
  signal.addEventListener('abort', waiting.fire);
  waitingFor.set(signal, waiting);
  return waiting;
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
