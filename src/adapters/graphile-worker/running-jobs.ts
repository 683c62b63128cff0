import type { Around } from '../common/function-proxy.js';

const RUNS = Symbol.for('signalbox.graphile-worker.runs.1');
const TAKING = Symbol.for('signalbox.graphile-worker.taking.1');

/** An attempt that runs. Any box, or copy of the package, may have begun it. */
export interface Run {
  /** Runs the task of the attempt, with the engine's arguments. */
  enter(task: Parameters<Around>[0], args: unknown[]): unknown;
}

/** The attempts that run in this process, by the job object that the engine gives to its tasks. */
export function runs(): WeakMap<object, Run> {
  const holder = globalThis as { [RUNS]?: WeakMap<object, Run> };
  holder[RUNS] ??= new WeakMap();
  return holder[RUNS];
}

/** The attempt in which a task is called. Undefined if the app calls the task by hand, as in a test of it. */
export function runOf(helpers: unknown): Run | undefined {
  if (typeof helpers !== 'object' || helpers === null) return undefined;
  const { job } = helpers as { readonly job?: unknown };
  return typeof job === 'object' && job !== null ? runs().get(job) : undefined;
}

interface Taking {
  [TAKING]?: PropertyKey | undefined;
}

/**
 * A job of the task starts. The engine reads the task from its list in the same turn, and calls it at once. That tells the engine from others who
 * read the list.
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
