import { rest } from '../../adapters/common/claim.js';
import type { Around } from '../../adapters/common/function-proxy.js';
import { observeFunction } from '../../adapters/common/observed-function.js';
import type { GraphileJobsOptions } from '../../adapters/graphile-worker/adapter-options.js';
import { connect } from '../../adapters/graphile-worker/connect.js';
import type { Functions } from '../../adapters/graphile-worker/functions.js';
import { aroundFunctions } from '../../adapters/graphile-worker/functions.js';
import type { WithCore } from '../../box/core.js';
import type { Observer } from '../observer.js';
import type { Exports } from './replaced-exports.js';
import { replaced, unreplaced } from './replaced-exports.js';

export { TOO_OLD } from '../../adapters/graphile-worker/engine-version.js';

export interface GraphileObserver extends Observer {
  readonly around: Readonly<Record<Functions, Around>>;
}

/** The observed function of each original function. */
export type Met = Map<unknown, unknown>;

const FUNCTIONS: readonly Functions[] = [
  'run',
  'runOnce',
  'runTaskList',
  'runTaskListOnce',
  'makeWorkerUtils',
  'quickAddJob',
  'addJobAdhoc',
];

export function connected(
  where: string,
  box: WithCore,
  options: GraphileJobsOptions | undefined,
): GraphileObserver {
  const made = connect(where, box, options);
  return { around: aroundFunctions(made), rest: (isResting) => rest(made.adapter, isResting) };
}

/** The exports of graphile-worker, or of one of its files, with observed functions. */
export function observed(exports: Exports, met: Met, now: () => GraphileObserver | undefined): Exports {
  const standingFor = (name: Functions, given: unknown): unknown => {
    const known = met.get(given);
    if (known) return known;
    const one = observeFunction(given as () => unknown, () => now()?.around[name]).observed;
    met.set(given, one).set(one, one);
    return one;
  };
  const there = FUNCTIONS.filter((name) => typeof exports[name] === 'function');
  return replaced(exports, Object.fromEntries(there.map((name) => [name, standingFor(name, exports[name])])));
}

/** Restores the exports. */
export const unobserved: (exports: Exports | undefined) => void = unreplaced(FUNCTIONS);
