import type { FlowProducer, Job, JobNode, Queue } from 'bullmq';
import { isFresh } from '../../jobs/fresh-promise.js';
import { beside } from '../../jobs/watch-promise.js';
import type { Around } from '../common/function-proxy.js';
import type { BullMQAdapter } from './adapter.js';
import { adopt, sharesCommands } from './backend-by-release.js';

/** What a queue or a flow producer hands out: jobs, or nodes of flows with jobs in them. */
export type Handed = Job | JobNode | readonly Handed[] | null | undefined;

const WHAT = 'jobs that are handed out';

/** Around a call that hands jobs out: what is done by them later is heard. */
export function handsOut(adapter: BullMQAdapter): Around {
  return (call, args, self) => {
    const result = call(...args);
    const owner = self as Queue | FlowProducer;
    if (adapter.quietly(WHAT, () => sharesCommands(owner)) === false)
      beside<Handed>(
        result,
        (handed) => adopting(adapter, owner, handed),
        () => undefined,
        isFresh(result),
      );
    return result;
  };
}

/** Has the commands of jobs heard that something hands out, where they have their own. */
export function adopting(adapter: BullMQAdapter, owner: Queue | FlowProducer, handed: Handed): void {
  adapter.quietly(WHAT, () => {
    if (!sharesCommands(owner)) adoptAll(owner, handed);
  });
}

function adoptAll(owner: Queue | FlowProducer, handed: Handed): void {
  // A class of the app's over BullMQ's may give what it likes.
  if (typeof handed !== 'object' || handed === null) return;
  if (isList(handed)) for (const one of handed) adoptAll(owner, one);
  else if ('job' in handed) {
    adoptAll(owner, handed.job);
    adoptAll(owner, handed.children);
  } else if (typeof handed.queueQualifiedName === 'string') adopt(owner, handed);
}

function isList(handed: object): handed is readonly Handed[] {
  return Array.isArray(handed);
}
