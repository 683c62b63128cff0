import type { IQueueBackend, JobJson } from 'bullmq';
import { passesOn } from '../../jobs/fresh-promise.js';
import type { Around } from '../common/function-proxy.js';
import type { Observation } from '../common/observation.js';
import { observeInPlace } from '../common/observed-object.js';
import { sentJob } from './stored-job.js';

type Args = readonly unknown[];
type Call = () => unknown;

/** Commands of BullMQ 5 that have the same name and arguments in 6. */
const SAME = [
  'remove',
  'removeUnprocessedChildren',
  'removeJobScheduler',
  'drain',
  'obliterate',
  'changeDelay',
  'promote',
  'promoteJobs',
  'retryJob',
  'moveToDelayed',
  'moveJobFromActiveToWait',
  'moveToWaitingChildren',
  'extendLock',
] as const satisfies readonly (keyof IQueueBackend)[];

/** Commands that have another name in 6. */
const RENAMED = {
  cleanJobsInSet: 'cleanJobsByState',
  reprocessJob: 'retryFinishedJob',
  retryJobs: 'retryFinishedJobs',
} as const satisfies Record<string, keyof IQueueBackend>;

/** Commands that take two calls in BullMQ 5: one makes the arguments, and `moveToFinished` sends them. */
const FINISHING = {
  moveToCompletedArgs: 'moveToCompleted',
  moveToFailedArgs: 'moveToFailed',
} as const satisfies Record<string, keyof IQueueBackend>;

/** Methods of a backend. Each makes the call that was passed to it. */
type Through = Record<string, (...args: Args) => unknown>;

/** Makes a call through a method of a backend, where observers of that command see it. */
export type Pass = (name: keyof IQueueBackend, args: Args, call: Call) => unknown;

/** Gives a backend the commands of BullMQ 6 as methods. Each makes the call that was passed to it. */
export function openCommands(backend: object): Pass {
  const through = backend as Through;
  // One variable is enough: an observer calls the method before it returns.
  let made: Call = () => undefined;
  for (const name of ['addJob', ...SAME, ...Object.values(RENAMED), ...Object.values(FINISHING)])
    through[name] = passesOn(() => made());
  return (name, args, call) => {
    made = call;
    return through[name]?.(...args);
  };
}

/** Sends the commands of BullMQ 5's scripts through a backend, where they can be observed like those of BullMQ 6. */
export function hearCommands(scripts: object, pass: Pass): void {
  const as = (name: keyof IQueueBackend, argsOf: (args: Args) => Args = (args) => args): Around => {
    return (call, args) => pass(name, argsOf(args), () => call(...args));
  };
  const finishing = new WeakMap<object, { readonly name: keyof IQueueBackend; readonly args: Args }>();
  const observation: Record<string, Around> = {
    addJob: as('addJob', ([, job, , id, parent]) => [sentJob(job as JobJson), id, parent]),
    moveToFinished: (call, args) => {
      const move = finishing.get(Object(args[1]));
      return move ? pass(move.name, move.args, () => call(...args)) : call(...args);
    },
  };
  for (const name of SAME) observation[name] = as(name);
  for (const [name, in6] of Object.entries(RENAMED)) observation[name] = as(in6);
  for (const [name, in6] of Object.entries(FINISHING))
    observation[name] = (call, args) => {
      const sent = call(...args);
      finishing.set(Object(sent), { name: in6, args });
      return sent;
    };
  observeInPlace(scripts, observation as Observation<object>);
}
