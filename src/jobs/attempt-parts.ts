import type { Clock } from '../telemetry/clock.js';
import type { AttemptInfo } from './attempt-info.js';
import type { AttemptSpan } from './attempt-span.js';
import type { QueueState } from './queue-state.js';
import type { Worker } from './workers.js';

/** Thrown by nobody: what a time limit looks like as an error. */
export class TimeLimit extends Error {
  override readonly name = 'TimeoutError';
  readonly code = 'timeout';
}

/** What an attempt is made of beside what the caller knows. */
export interface AttemptParts {
  readonly state: QueueState;
  readonly info: AttemptInfo;
  readonly span: AttemptSpan;
  readonly clock: Clock;
  readonly startedAt: number;
  readonly worker: Worker | undefined;
  /** From when it could have run to when it began, in milliseconds, where that is known. */
  readonly wait: number | undefined;
  /** Whether what a failed attempt threw is an event on its span too. */
  readonly exceptionEvents: boolean;
}
