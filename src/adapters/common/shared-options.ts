import type { JobsOptions } from '../../jobs/index.js';
import type { OptionNames } from '../../signal/option-checks.js';

/** The options of `createJobs` that an adapter takes as its own. */
export type TakenOn = Pick<JobsOptions, 'relation' | 'exceptionEvents' | 'waitSpans' | 'compat' | 'baggage'>;

export const TAKEN_ON: OptionNames<TakenOn> = {
  relation: true,
  exceptionEvents: true,
  waitSpans: true,
  compat: true,
  baggage: true,
};

const NAMES = Object.keys(TAKEN_ON) as (keyof TakenOn)[];

/** Those of them that are given. */
export function takenOn(options: TakenOn): TakenOn {
  return Object.fromEntries(
    NAMES.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]])),
  );
}
