import type { Attempt } from '../../../jobs/attempt-info.js';
import type { HandedJob } from '../handed-job.js';
import { settledIds } from '../settled-ids.js';

/** A job of a handler call, and its attempt. */
export interface HandledJob {
  readonly job: HandedJob;
  readonly attempt: Attempt;
}

/** Whether the attempt still held its job when pg-boss settled it. Call it once for each job, when its end is emitted. */
export type IsHeld = (handled: HandledJob) => boolean;

/** How signalbox finds out the outcome of a worker's jobs. */
export interface WayOfSettling {
  /** Whether it settles the jobs itself, before pg-boss would. Afterwards the table says what follows. */
  readonly settles: boolean;
  /** The handler has returned. Rejects if pg-boss's own completion would fail. `output` is what pg-boss has to store. */
  completed(open: readonly HandledJob[], output: object | undefined): Promise<IsHeld>;
  /** The handler has thrown, or its time is up. */
  failed(open: readonly HandledJob[], error: unknown): Promise<IsHeld>;
}

/** A way that asks the same after either outcome, and settles nothing. */
export function asking(ask: (open: readonly HandledJob[]) => Promise<IsHeld>): WayOfSettling {
  return { settles: false, completed: ask, failed: ask };
}

/** The jobs as pg-boss 12.35 and up takes them: each for the attempt that it was fetched for. */
export function claimsOf(handled: readonly HandledJob[]): { id: string; retryCount: number }[] {
  return handled.map(({ job: { id, retryCount } }) => ({ id, retryCount }));
}

/** The jobs that pg-boss's answer names; all of them if it does not say which. */
export function heldBy(response: unknown, open: readonly HandledJob[]): IsHeld {
  const settled = settledIds(
    response,
    open.map(({ job }) => job.id),
  );
  return ({ job }) => settled === undefined || settled.has(job.id);
}
