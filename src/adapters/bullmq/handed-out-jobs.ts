import type { FlowProducer, Job, JobNode, Queue } from 'bullmq';
import { isFresh } from '../../jobs/fresh-promise.js';
import { beside } from '../../jobs/watch-promise.js';
import type { Around } from '../common/function-proxy.js';
import type { BullMQAdapter } from './adapter.js';
import { adopt, sharesCommands } from './backend-by-release.js';

/** What a queue or a flow producer hands out: jobs, or nodes of flows with jobs in them. */
export type Handed = Job | JobNode | readonly Handed[] | null | undefined;

const WHAT = 'jobs that are handed out';

/** Observes a call that hands out jobs, so that signalbox sees the commands which these jobs give later. */
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

/** Observes the commands of jobs that `owner` hands out, if these jobs have scripts of their own. */
export function adopting(adapter: BullMQAdapter, owner: Queue | FlowProducer, handed: Handed): void {
  adapter.quietly(WHAT, () => {
    if (!sharesCommands(owner)) adoptAll(owner, handed);
  });
}

function adoptAll(owner: Queue | FlowProducer, handed: Handed): void {
  // A subclass of the app's may return anything.
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
