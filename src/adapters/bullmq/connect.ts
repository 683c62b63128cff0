import type { Queue } from 'bullmq';
import type { WithCore } from '../../box/core.js';
import { coreOf } from '../../box/core.js';
import { jobsOn } from '../../jobs/jobs.js';
import type { OptionNames } from '../../signal/options.js';
import { checkOneOf, optionsOf } from '../../signal/options.js';
import { checkTypes } from '../common/job-types.js';
import { MonitorNamed } from '../common/monitor-named.js';
import type { TakenOn } from '../common/shared-options.js';
import { TAKEN_ON, takenOn } from '../common/shared-options.js';
import { switchable } from '../common/switchable.js';
import type { BullMQAdapter } from './adapter.js';
import { createAdapter } from './adapter.js';
import type { ClassObservers } from './class-observers.js';
import { classObservers } from './class-observers.js';
import { FirstNames } from './first-names.js';
import { monitorQueue } from './monitor.js';
import type { Watch } from './watch.js';
import { createWatch } from './watch.js';

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

/** BullMQ's jobs on a box: what each form of observing them is made of. */
export interface Connected {
  readonly adapter: BullMQAdapter;
  readonly watch: Watch;
  readonly classes: ClassObservers;
}

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

/** Throws a SignalboxError where the box is none, or an option is not valid. */
export function connect(
  where: string,
  box: WithCore,
  options: BullMQJobsOptions | undefined,
  { firstNames, monitor }: Unlisted = {},
): Connected {
  const core = coreOf(where, box);
  const own = checkedOptions(where, options);
  const { relation, types = [], attemptLinks = 'memory' } = own;
  const jobs = jobsOn(box, { system: 'bullmq', ...takenOn(own) }, { remembersAttempts: false });
  const adapter: BullMQAdapter = createAdapter(
    switchable(core, () => adapter),
    jobs,
    {
      types,
      firstNames: firstNames === undefined ? undefined : new FirstNames(firstNames),
      persistsLinks: attemptLinks === 'persist',
      relationOfTicks: relation === 'none' ? 'none' : 'link',
    },
  );
  const watch = createWatch(adapter);
  const named = new MonitorNamed(monitor);
  const seen = (queue: Queue): void => named.see(queue.name, () => monitorQueue(adapter, queue));
  return { adapter, watch, classes: classObservers(adapter, watch, seen) };
}
