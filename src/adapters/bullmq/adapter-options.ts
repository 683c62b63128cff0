import type { OptionNames } from '../../signal/option-checks.js';
import { checkOneOf, optionsOf } from '../../signal/option-checks.js';
import { checkTypes } from '../common/job-types.js';
import type { TakenOn } from '../common/shared-options.js';
import { TAKEN_ON } from '../common/shared-options.js';

/** How signalbox observes the jobs of BullMQ. */
export interface BullMQJobsOptions extends TakenOn {
  /** Job names that may become metric labels and parts of span names. Every other name becomes `_OTHER` there. Default: none. */
  readonly types?: readonly string[] | undefined;
  /**
   * `'memory'`: an attempt's span links to the previous attempt if that ran in this process. `'persist'`: it does so whichever process the previous
   * attempt ran in. For that, a failed attempt that may be retried stores its context as a line of the job's stack traces, and dashboards show that
   * line. Default `'memory'`.
   */
  readonly attemptLinks?: 'memory' | 'persist' | undefined;
}

const OPTIONS: OptionNames<BullMQJobsOptions> = { ...TAKEN_ON, types: true, attemptLinks: true };

/** Options that only this package gives. */
export interface Unlisted {
  /** How many job names may become labels beside `types`: the first ones that the adapter sees. */
  readonly firstNames?: number;
  /** Names of queues. The adapter starts the monitor of each when it first sees the queue. */
  readonly monitor?: readonly string[];
}

/** Throws a SignalboxError if an option is not valid. */
export function checkedOptions(where: string, options: BullMQJobsOptions | undefined): BullMQJobsOptions {
  const own = optionsOf(where, options, OPTIONS);
  checkOneOf(where, 'attemptLinks', own.attemptLinks ?? 'memory', ['memory', 'persist']);
  checkTypes(where, 'job names', own.types);
  return own;
}
