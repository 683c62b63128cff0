import type { JobsOptions } from '../../jobs/index.js';

const NAMES = ['relation', 'exceptionEvents', 'waitSpans', 'compat'] as const;

/** The options of `createJobs` that an adapter takes as its own. */
type TakenOn = Pick<JobsOptions, (typeof NAMES)[number]>;

/** Those of them that are given. */
export function takenOn(options: TakenOn): TakenOn {
  return Object.fromEntries(
    NAMES.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]])),
  );
}
