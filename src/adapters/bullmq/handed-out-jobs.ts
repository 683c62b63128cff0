import type { FlowProducer, Job, JobNode, Queue } from 'bullmq';
import { isFresh } from '../../jobs/fresh-promise.js';
import { beside } from '../../jobs/watch-promise.js';
import type { Around } from '../common/function-proxy.js';
import { adopt, sharesCommands } from './backend.js';

/** What a queue or a flow producer hands out: jobs, or nodes of flows with jobs in them. */
export type Handed = Job | JobNode | readonly Handed[] | null | undefined;

/** Around a call that hands jobs out: what is done by them later is heard. */
export const handsOut: Around = (call, args, self) => {
  const result = call(...args);
  const owner = self as Queue | FlowProducer;
  if (!sharesCommands(owner))
    beside<Handed>(
      result,
      (handed) => adopting(owner, handed),
      () => undefined,
      isFresh(result),
    );
  return result;
};

/** Has the commands of jobs heard that something hands out, where they have their own. */
export function adopting(owner: Queue | FlowProducer, handed: Handed): void {
  if (sharesCommands(owner) || !handed) return;
  if (isList(handed)) for (const one of handed) adopting(owner, one);
  else if ('job' in handed) {
    adopting(owner, handed.job);
    adopting(owner, handed.children);
  } else adopt(owner, handed);
}

function isList(handed: object): handed is readonly Handed[] {
  return Array.isArray(handed);
}
