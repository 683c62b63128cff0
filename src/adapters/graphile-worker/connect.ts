import type { WithCore } from '../../box/core.js';
import { coreOf } from '../../box/core.js';
import { createJobs } from '../../jobs/index.js';
import { environment } from '../../signal/environment.js';
import type { OptionNames } from '../../signal/options.js';
import { checkOneOf, optionsOf } from '../../signal/options.js';
import { SignalboxError, shown } from '../../signal/problem.js';
import { checkTypes } from '../common/job-types.js';
import type { TakenOn } from '../common/shared-options.js';
import { TAKEN_ON, takenOn } from '../common/shared-options.js';
import { switchable } from '../common/switchable.js';
import type { GraphileAdapter } from './adapter.js';
import { createAdapter } from './adapter.js';
import type { Flushes } from './flush-at-signal.js';
import { FlushAtSignal } from './flush-at-signal.js';
import { JobEvents } from './job-events.js';
import { observingPlugin } from './plugin.js';
import { refusalOf } from './release.js';
import { Runners } from './runners.js';
import { DEFAULT_SCHEMA } from './schema.js';
import { observeTask } from './tasks.js';

/** How graphile-worker's jobs are observed. */
export interface GraphileJobsOptions extends TakenOn {
  /**
   * `'payload'`: the context of an enqueue travels in the job's payload, under the key `_signalbox`, where that is a plain object or none is
   * given; tasks that an observed runner runs never see it. `'none'`: attempts are traces of their own. Default `'payload'`.
   */
  readonly carrier?: 'payload' | 'none' | undefined;
  /**
   * Identifiers of tasks that may be labels: jobs of others have the label `_OTHER` for their type, and no type of their own. Their spans
   * are called by the task all the same. Default: every task's identifier.
   */
  readonly types?: readonly string[] | undefined;
  /**
   * `'memory'`: an attempt is linked to the one before where that ran in this process. `'persist'`: in whatever process; a failed
   * attempt that will be retried then leaves its context at the end of `last_error`, which shows in logs too. Default `'memory'`.
   */
  readonly attemptLinks?: 'memory' | 'persist' | undefined;
  /**
   * The engine's schema: `queue.namespace` where it is not `graphile_worker`. Call graphileJobs once for each schema that the app works with.
   * Default: GRAPHILE_WORKER_SCHEMA, else `graphile_worker`.
   */
  readonly schema?: string | undefined;
}

const OPTIONS: OptionNames<GraphileJobsOptions> = {
  ...TAKEN_ON,
  carrier: true,
  types: true,
  attemptLinks: true,
  schema: true,
};

/** graphile-worker's jobs on a box: what each form of observing them is made of. */
export interface Connected {
  readonly adapter: GraphileAdapter;
  readonly plugin: ReturnType<typeof observingPlugin>;
  /** Told of the helpers that a task is given which no observed runner runs. */
  readonly unheard: (helpers: unknown) => void;
}

/** The options, checked. Throws a SignalboxError. */
export function checkedOptions(where: string, options: GraphileJobsOptions | undefined): GraphileJobsOptions {
  const own = optionsOf(where, options, OPTIONS);
  checkTypes(where, 'identifiers of tasks', own.types);
  checkOneOf(where, 'carrier', own.carrier ?? 'payload', ['payload', 'none']);
  checkOneOf(where, 'attemptLinks', own.attemptLinks ?? 'memory', ['memory', 'persist']);
  schemaOf(where, own.schema);
  return own;
}

/** Throws a SignalboxError where the box is none, or an option is not valid. */
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
  return { adapter, plugin, unheard };
}

function schemaOf(where: string, given: unknown): string {
  const schema = given ?? (environment().GRAPHILE_WORKER_SCHEMA || DEFAULT_SCHEMA);
  if (typeof schema === 'string' && schema !== '') return schema;
  throw new SignalboxError(`${where}: \`schema\` is ${shown(schema)}. Give the name of the engine's schema.`);
}
