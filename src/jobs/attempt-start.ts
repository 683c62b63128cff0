import type { AnchoredClock, Clock } from '../telemetry/clock.js';
import type { AttemptInfo } from './attempt-info.js';
import type { Previous } from './attempt-moments.js';
import type { Carried } from './baggage.js';
import type { HandleOptions } from './handle-options.js';
import type { Relation } from './job.js';
import type { QueueState } from './queue-state.js';
import type { Worker } from './workers.js';

/** Where and when a span of attempts starts. */
export interface SpanStart {
  readonly state: QueueState;
  readonly clock: Clock;
  /** Epoch milliseconds. */
  readonly startedAt: number;
}

/** What is known of an attempt when it starts. One object for its span and for the attempt itself: it is never copied. */
export interface AttemptStart extends SpanStart {
  readonly clock: AnchoredClock;
  readonly info: AttemptInfo;
  readonly worker: Worker | undefined;
  /** From when it could have run to when it began, in milliseconds, where that is known. */
  readonly wait: number | undefined;
  readonly how: HandleOptions;
  readonly relation: Relation;
  readonly previous: Previous;
  /** What is told of the baggage that its job carries. */
  readonly carried: Carried | null;
}

export function maxAttemptsOf({ maxAttempts, job }: AttemptInfo): number | undefined {
  return maxAttempts ?? job.maxAttempts;
}
