import type { WithCore } from '../../box/core.js';
import { coreOf } from '../../box/core.js';
import type { Jobs } from '../../jobs/index.js';
import { createJobs } from '../../jobs/index.js';
import { takenOn } from '../common/shared-options.js';
import { switchable } from '../common/switchable.js';
import type { GraphileAdapter } from './adapter.js';
import { createAdapter } from './adapter.js';
import type { GraphileJobsOptions } from './adapter-options.js';
import { checkedOptions, schemaOf } from './adapter-options.js';
import { refusalOf } from './engine-version.js';
import type { Flushes } from './flush-at-signal.js';
import { FlushAtSignal } from './flush-at-signal.js';
import { JobEvents } from './job-events.js';
import { observingPlugin } from './plugin.js';
import { Runners } from './runners.js';
import { observeTask } from './tasks.js';

/** graphile-worker's jobs on a box: the parts that the wrappers and the instrumentation share. */
export interface Connected {
  readonly adapter: GraphileAdapter;
  readonly jobs: Jobs;
  readonly plugin: ReturnType<typeof observingPlugin>;
  /** Called with the helpers of a task that no observed runner runs. */
  readonly unheard: (helpers: unknown) => void;
}

/** Throws a SignalboxError if the box is none, or an option is not valid. */
export function connect(where: string, box: WithCore, options: GraphileJobsOptions | undefined): Connected {
  const core = coreOf(where, box);
  const own = checkedOptions(where, options);
  const { carrier = 'payload', types, attemptLinks = 'memory' } = own;
  const jobs = createJobs(box, {
    system: 'graphile-worker',
    ...takenOn(own),
  });
  const adapter: GraphileAdapter = createAdapter(
    switchable(core, () => adapter),
    jobs,
    {
      schema: schemaOf(where, own.schema),
      types,
      carriesContext: carrier === 'payload',
      persistsLinks: attemptLinks === 'persist',
    },
  );
  const runners = new Runners(adapter, new JobEvents(adapter));
  const atSignal = new FlushAtSignal(box as WithCore & Flushes, adapter);
  const unheard = (helpers: unknown): void =>
    adapter.quietly('a task that is run', () => {
      const refusal = refusalOf(helpers);
      if (refusal !== undefined) adapter.reportThat('release', refusal);
    });
  const plugin = observingPlugin({
    started: (context) =>
      adapter.quietly('init', () => {
        runners.started(context);
        atSignal.listen(context.events);
      }),
    loaded: (task) => observeTask(task),
    stopped: () => atSignal.stopped(),
  });
  return { adapter, jobs, plugin, unheard };
}
