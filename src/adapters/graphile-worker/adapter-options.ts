import { environment } from '../../signal/environment.js';
import type { OptionNames } from '../../signal/option-checks.js';
import { checkOneOf, optionsOf } from '../../signal/option-checks.js';
import { SignalboxError, shown } from '../../signal/signalbox-error.js';
import { checkTypes } from '../common/job-types.js';
import type { TakenOn } from '../common/shared-options.js';
import { TAKEN_ON } from '../common/shared-options.js';

/** The engine's default schema. */
export const DEFAULT_SCHEMA = 'graphile_worker';

/** How signalbox observes graphile-worker's jobs. */
export interface GraphileJobsOptions extends TakenOn {
  /**
   * `'payload'`: the context of an enqueue travels in the job's payload, under the key `_signalbox`, if the payload is a plain object or none is
   * given. Tasks that an observed runner runs never see it. `'none'`: attempts are traces of their own. Default `'payload'`.
   */
  readonly carrier?: 'payload' | 'none' | undefined;
  /**
   * Identifiers of tasks that may become metric labels. Jobs of other tasks have the label `_OTHER` for their type, and no type of their own. Their
   * spans have the task's identifier all the same. Default: every task's identifier.
   */
  readonly types?: readonly string[] | undefined;
  /**
   * `'memory'`: an attempt's span links to the previous attempt if that ran in this process. `'persist'`: it does so whichever process the previous
   * attempt ran in. For that, a failed attempt that will be retried leaves its context at the end of `last_error`, which shows in logs too. Default
   * `'memory'`.
   */
  readonly attemptLinks?: 'memory' | 'persist' | undefined;
  /**
   * The engine's schema. It is the attribute `queue.namespace` unless it is `graphile_worker`. Call graphileJobs once for each schema that the app
   * works with. Default: GRAPHILE_WORKER_SCHEMA, else `graphile_worker`.
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

/** Throws a SignalboxError if an option is not valid. */
export function checkedOptions(where: string, options: GraphileJobsOptions | undefined): GraphileJobsOptions {
  const own = optionsOf(where, options, OPTIONS);
  checkTypes(where, 'identifiers of tasks', own.types);
  checkOneOf(where, 'carrier', own.carrier ?? 'payload', ['payload', 'none']);
  checkOneOf(where, 'attemptLinks', own.attemptLinks ?? 'memory', ['memory', 'persist']);
  schemaOf(where, own.schema);
  return own;
}

/** The engine's schema: the given one, or that of the environment. Throws a SignalboxError if it is no name. */
export function schemaOf(where: string, given: unknown): string {
  const schema = given ?? (environment().GRAPHILE_WORKER_SCHEMA || DEFAULT_SCHEMA);
  if (typeof schema === 'string' && schema !== '') return schema;
  throw new SignalboxError(`${where}: \`schema\` is ${shown(schema)}. Give the name of the engine's schema.`);
}
