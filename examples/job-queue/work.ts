import { setTimeout as wait } from 'node:timers/promises';
import type { Plan } from './plan.js';
import type { JobCall } from './queue/index.js';

/** Stands in for what a handler would really do: takes its time, and fails now and then as told. */
export type Work = (job: JobCall, failure: Failure) => Promise<void>;

/** How the work of a handler fails. */
export interface Failure {
  readonly message: string;
  /** Becomes `error.type`. */
  readonly code: string;
}

/** The work that a plan tells, `speed` times as fast. */
export function createWork(plan: Plan, speed: number): Work {
  return async ({ id, payload, attempt, signal }, failure) => {
    // An engine that gives ids of its own carries the plan's in the payload.
    const { planned = id } = payload as { readonly planned?: string };
    const { workMillis, outcome } = plan.attempt(planned, attempt);
    if (outcome === 'hangs') await aborted(signal);
    await wait(workMillis / speed, undefined, { signal });
    if (outcome === 'throws') throw Object.assign(new Error(failure.message), { code: failure.code });
  };
}

/** Hangs until it is called off, as well-behaved code does. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
