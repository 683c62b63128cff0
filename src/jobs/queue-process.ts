import { swallow } from '../emission/swallow.js';
import { beginAttempt } from './begin-attempt.js';
import { attemptInfoOf } from './given.js';
import type { HandleOptions } from './handle-options.js';
import type { AfterFailure } from './job.js';
import { checkAfterFailure, NO_RETRY } from './job.js';
import type { QueueState } from './queue-state.js';
import type { QueueTelemetry } from './queue-telemetry.js';

/** `process` of a queue: an attempt from begin to end. In one frame, for the same reason as `Attempt.run`. */
export function processOf(state: QueueState, how: HandleOptions): QueueTelemetry['process'] {
  return async (info, handler, afterFailure) => {
    const attempt = beginAttempt(state, how, attemptInfoOf(info));
    try {
      // Async, so that a thenable that is no promise, a lazy query, does its work within the attempt too.
      const value = await attempt.run(async () => handler(attempt));
      attempt.completed();
      return value;
    } catch (error) {
      attempt.failed(error, followOf(state, afterFailure, error));
      throw error;
    }
  };
}

// Asks the app's function what the queue does after a failure.
function followOf(
  { core }: QueueState,
  afterFailure: (error: unknown) => AfterFailure,
  error: unknown,
): AfterFailure {
  try {
    const said: unknown = afterFailure(error);
    const after = swallow(said) ? undefined : checkAfterFailure(said);
    if (after) return after;
    core.report(
      'afterFailure',
      '`afterFailure` gave a promise or no answer: the job counts as not retried. Return { retry: true, delayMillis } at once',
    );
  } catch (trouble) {
    core.report('afterFailure', '`afterFailure` threw: the job counts as not retried', trouble);
  }
  return NO_RETRY;
}
