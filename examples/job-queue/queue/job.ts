import type { AsyncResource } from 'node:async_hooks';
import type { Carrier, PreviousAttempt } from 'signalbox/jobs';
import type { Execution } from './execution.js';

/** What the queue keeps of an accepted job until its end. Handlers never see it: they get a `JobCall`. */
export interface Job {
  /** What telemetry is told of it. */
  readonly info: {
    readonly id: string;
    readonly type: string;
    readonly priority: number;
    readonly maxAttempts: number;
  };
  /** Its place in the order of acceptance, kept through all its retries. */
  readonly sequence: number;
  /** A clone of what was enqueued, cloned again for each attempt. */
  readonly payload: unknown;
  /** The trace context of its enqueue span. */
  readonly carrier: Carrier;
  /** The asynchronous context that enqueued it: its attempts run in it, whatever timer or other job's end lets them begin. */
  readonly context: AsyncResource;
  /** Stops listening to the signal that it was enqueued with. */
  readonly unlisten: () => void;
  /** Epoch ms. */
  readonly firstRunnableAt: number;
  /** Epoch ms: from when its next attempt (or the one that runs) may run. */
  runnableAt: number;
  /** Attempts begun. */
  attempts: number;
  /** The attempt before, for the link to it. */
  previous: PreviousAttempt | undefined;
  /** What the attempt before failed with. Anything can be thrown: it is handed on, never looked at. */
  lastError: unknown;
  /** Its attempt, while it has one. */
  running: Execution | undefined;
}
