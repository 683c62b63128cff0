import type { Clock } from '../telemetry/clock.js';
import type { AttemptInfo } from './attempt-info.js';
import type { AttemptSpan } from './attempt-span.js';
import type { HandleOptions } from './handle-options.js';
import type { QueueState } from './queue-state.js';
import type { Worker } from './workers.js';

/** Thrown by nobody: what a time limit looks like as an error. */
export class TimeLimit extends Error {
  override readonly name = 'TimeoutError';
  readonly code = 'timeout';

  constructor(limitMillis: number | undefined) {
    super(limitMillis === undefined ? 'timed out' : `timed out after ${limitMillis} ms`);
  }
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
  readonly how: HandleOptions;
}
