import type { Around } from '../common/function-proxy.js';

const RUNS = Symbol.for('signalbox.graphile-worker.runs.1');
const TAKING = Symbol.for('signalbox.graphile-worker.taking.1');

/** An attempt that runs: whichever box, or copy of the package, began it. */
export interface Run {
  /** Runs the task of the attempt, with what the engine gives it. */
  enter(task: Parameters<Around>[0], args: unknown[]): unknown;
}

/** The attempts that run in this process, by their jobs as the engine gives them to its tasks. */
export function runs(): WeakMap<object, Run> {
  const holder = globalThis as { [RUNS]?: WeakMap<object, Run> };
  holder[RUNS] ??= new WeakMap();
  return holder[RUNS];
}

/** The attempt that a task is called in; none where the app calls it by hand, as in a test of it. */
export function runOf(helpers: unknown): Run | undefined {
  if (typeof helpers !== 'object' || helpers === null) return undefined;
  const { job } = helpers as { readonly job?: unknown };
  return typeof job === 'object' && job !== null ? runs().get(job) : undefined;
}

interface Taking {
  [TAKING]?: PropertyKey | undefined;
}

/**
 * A job of the task starts: the engine takes the task from its list in the same turn, and calls it at once. That distinguishes it from others who
 * look at the list.
 */
export function taking(task: string): void {
  (globalThis as Taking)[TAKING] = task;
  queueMicrotask(taken);
}

/** The task was called. */
export function taken(): void {
  (globalThis as Taking)[TAKING] = undefined;
}

/** Whether it is the engine that reads the task now. */
export function isTaking(task: PropertyKey): boolean {
  return (globalThis as Taking)[TAKING] === task;
}
