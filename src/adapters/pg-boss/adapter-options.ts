import type { RelationOption } from '../../jobs/queue.js';
import type { OptionNames } from '../../signal/option-checks.js';
import { checkOneOf, optionsOf } from '../../signal/option-checks.js';
import { checkTypes } from '../common/job-types.js';
import type { TakenOn } from '../common/shared-options.js';
import { TAKEN_ON } from '../common/shared-options.js';

/** How the jobs of pg-boss are observed. */
export interface PgBossJobsOptions extends TakenOn {
  /**
   * How attempts relate to their enqueue, as in `createJobs`. Default `'parent'`. Of attempts it has no effect where
   * pg-boss makes the spans.
   */
  readonly relation?: RelationOption;
  /**
   * Names of queues that may be labels: jobs of others have the label `_OTHER` for their type, and no type of their own. Their spans are
   * called by the queue all the same. Default: every queue's name.
   */
  readonly types?: readonly string[] | undefined;
  /**
   * `'memory'`: an attempt is linked to the one before where that ran in this process, in the same life of the job, and its turnaround is
   * told only there. `'persist'`: in whatever process; a failed attempt then leaves its context as a property `signalbox` of the error that pg-boss stores as the job's
   * output, where people see it too. Default `'memory'`.
   */
  readonly attemptLinks?: 'memory' | 'persist' | undefined;
  /**
   * `'exact'`: an attempt's outcome is what pg-boss settled. It is heard from pg-boss's own statement (12.38 and up, on PostgreSQL, with
   * `jobs.options`, a context manager and a database object that takes properties), else it costs one more statement a handler call. So it does
   * with `perJobResults` and where pg-boss makes the spans. Before 12.35, which does not settle by attempt, that statement is a look at the job's
   * row just before pg-boss settles it. `'approximate'`: what the handler did is taken
   * for it; a job that another process cancelled, or gave to another worker, while its handler ran may count as completed. Handlers of
   * `transactional` workers are always believed. Default `'exact'`.
   */
  readonly settle?: 'exact' | 'approximate';
}

const OPTIONS: OptionNames<PgBossJobsOptions> = {
  ...TAKEN_ON,
  types: true,
  attemptLinks: true,
  settle: true,
};

/** What is for the package alone. */
export interface Unlisted {
  /** Queues to watch, from when they are seen. */
  readonly monitor?: readonly string[];
}

/** The options, checked. Throws a SignalboxError. */
export function checkedOptions(where: string, options: PgBossJobsOptions | undefined): PgBossJobsOptions {
  const own = optionsOf(where, options, OPTIONS);
  checkTypes(where, 'names of queues', own.types);
  checkOneOf(where, 'attemptLinks', own.attemptLinks ?? 'memory', ['memory', 'persist']);
  checkOneOf(where, 'settle', own.settle ?? 'exact', ['exact', 'approximate']);
  return own;
}
