import type { Queue } from 'bullmq';
import type { WithCore } from '../../box/core.js';
import { coreOf } from '../../box/core.js';
import type { JobsOfAdapter } from '../../jobs/jobs.js';
import { jobsOn } from '../../jobs/jobs.js';
import { MonitorNamed } from '../common/monitor-named.js';
import { takenOn } from '../common/shared-options.js';
import { switchable } from '../common/switchable.js';
import type { BullMQAdapter } from './adapter.js';
import { createAdapter } from './adapter.js';
import type { BullMQJobsOptions, Unlisted } from './adapter-options.js';
import { checkedOptions } from './adapter-options.js';
import type { ClassObservers } from './class-observers.js';
import { classObservers } from './class-observers.js';
import { FirstNames } from './first-names.js';
import { monitorQueue } from './monitor.js';
import type { Watch } from './observe-worker.js';
import { createWatch } from './observe-worker.js';

/** BullMQ's jobs on a box: the parts that the wrappers, the classes and the instrumentation share. */
export interface Connected {
  readonly adapter: BullMQAdapter;
  readonly jobs: JobsOfAdapter;
  readonly watch: Watch;
  readonly classes: ClassObservers;
}

/** Throws a SignalboxError if the box is none, or an option is not valid. */
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
  return { adapter, jobs, watch, classes: classObservers(adapter, watch, seen) };
}
