import type { OptionNames } from '../../signal/option-checks.js';
import { checkOneOf, optionsOf } from '../../signal/option-checks.js';
import { checkTypes } from '../common/job-types.js';
import type { TakenOn } from '../common/shared-options.js';
import { TAKEN_ON } from '../common/shared-options.js';

/** How the jobs of BullMQ are observed. */
export interface BullMQJobsOptions extends TakenOn {
  /** Names of jobs that may be labels and span names; others are `_OTHER` there. Default: none. */
  readonly types?: readonly string[] | undefined;
  /**
   * `'memory'`: an attempt is linked to the one before where that ran in this process. `'persist'`: in whatever process; a failed
   * attempt that may be retried then leaves its context as a line of the job's stack traces, which shows in dashboards too. Default
   * `'memory'`.
   */
  readonly attemptLinks?: 'memory' | 'persist' | undefined;
}

const OPTIONS: OptionNames<BullMQJobsOptions> = { ...TAKEN_ON, types: true, attemptLinks: true };

/** What is for the package alone. */
export interface Unlisted {
  /** So many names of jobs, as they are seen, may be labels too. */
  readonly firstNames?: number;
  /** Queues to watch, from when they are seen. */
  readonly monitor?: readonly string[];
}

/** The options, checked. Throws a SignalboxError. */
export function checkedOptions(where: string, options: BullMQJobsOptions | undefined): BullMQJobsOptions {
  const own = optionsOf(where, options, OPTIONS);
  checkOneOf(where, 'attemptLinks', own.attemptLinks ?? 'memory', ['memory', 'persist']);
  checkTypes(where, 'job names', own.types);
  return own;
}
