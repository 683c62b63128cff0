import type { RelationOption } from '../../jobs/queue.js';
import type { OptionNames } from '../../signal/option-checks.js';
import { checkOneOf, optionsOf } from '../../signal/option-checks.js';
import { checkTypes } from '../common/job-types.js';
import type { TakenOn } from '../common/shared-options.js';
import { TAKEN_ON } from '../common/shared-options.js';

/** How signalbox observes the jobs of pg-boss. */
export interface PgBossJobsOptions extends TakenOn {
  /** How attempts relate to their enqueue, as in `createJobs`. Default `'parent'`. It has no effect on attempts if pg-boss makes the spans. */
  readonly relation?: RelationOption;
  /**
   * Names of queues that may become metric labels. Jobs of other queues have the label `_OTHER` for their type, and no type of their own. Their spans
   * have the queue's name all the same. Default: every queue's name.
   */
  readonly types?: readonly string[] | undefined;
  /**
   * `'memory'`: if the previous attempt ran in this process, in the same life of the job, signalbox links to it and records the turnaround.
   * `'persist'`: it does so whichever process the previous attempt ran in. For that, a failed attempt leaves its context as a property `signalbox` of
   * the error that pg-boss stores as the job's output, where people see it too. Default `'memory'`.
   */
  readonly attemptLinks?: 'memory' | 'persist' | undefined;
  /**
   * `'exact'`: an attempt's outcome is what pg-boss settled. signalbox reads it from the answer to pg-boss's own statement (12.38 and up, on
   * PostgreSQL, with `jobs.options`, a context manager and a database object that takes properties). Otherwise it costs one more statement for each
   * handler call, as it does with `perJobResults` and where pg-boss makes the spans. Before 12.35, pg-boss does not settle by attempt, and that
   * statement looks at the job's row just before pg-boss settles it. `'approximate'`: signalbox takes what the handler did for the outcome. A job
   * that another process cancelled, or gave to another worker, while its handler ran may then count as completed. signalbox always believes the
   * handlers of `transactional` workers. Default `'exact'`.
   */
  readonly settle?: 'exact' | 'approximate';
}

const OPTIONS: OptionNames<PgBossJobsOptions> = {
  ...TAKEN_ON,
  types: true,
  attemptLinks: true,
  settle: true,
};

/** Options that only this package gives. */
export interface Unlisted {
  /** Names of queues. The adapter starts the monitor of each when it first sees the queue. */
  readonly monitor?: readonly string[];
}

/** Throws a SignalboxError if an option is not valid. */
export function checkedOptions(where: string, options: PgBossJobsOptions | undefined): PgBossJobsOptions {
  const own = optionsOf(where, options, OPTIONS);
  checkTypes(where, 'names of queues', own.types);
  checkOneOf(where, 'attemptLinks', own.attemptLinks ?? 'memory', ['memory', 'persist']);
  checkOneOf(where, 'settle', own.settle ?? 'exact', ['exact', 'approximate']);
  return own;
}
