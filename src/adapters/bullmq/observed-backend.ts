import type { IQueueBackend, JobJson } from 'bullmq';
import { claim } from '../common/claim.js';
import type { Observation } from '../common/observed-object.js';
import { observeInPlace } from '../common/observed-object.js';
import { whileObserver } from '../common/while-observer.js';
import type { BullMQAdapter } from './adapter.js';
import { hear } from './after-call.js';
import type { Sent } from './duplicate-lookup.js';
import { mayMeet, noteSent } from './duplicate-lookup.js';
import { endings } from './ending-commands.js';
import { createLooker } from './jobs-before.js';
import { siblings } from './queue-place.js';
import { moves } from './reschedule-commands.js';
import { movedByHand } from './settle-from-queue.js';

interface FlowEntry {
  readonly jobData: JobJson;
  readonly queueName: string;
  readonly prefix: string;
}

/**
 * Observes the backend of a queue. Every command that adds or ends a job goes through it, whichever Queue, Job or node of a flow gives the command.
 * The backends that it makes for other queues (nodes of flows) are observed with it.
 */
export function observeBackend(adapter: BullMQAdapter, backend: IQueueBackend): void {
  // Another box observes the backend, and emits what ends.
  if (!claim(backend, adapter)) return;
  const looker = createLooker(adapter, backend);
  const observation: Observation<IQueueBackend> = {
    ...endings(adapter, backend, looker),
    ...moves(adapter, backend),
    ...movedByHand(adapter, backend),
    addJob: (call, args) => {
      quietly(adapter, () => noteJob(args[0] as JobJson));
      return call(...args);
    },
    addJobs: (call, args) => {
      quietly(adapter, () => {
        for (const { job } of args[0] as readonly { readonly job: JobJson }[]) noteJob(job);
      });
      return call(...args);
    },
    addFlow: (call, args) => {
      const sent = quietly(adapter, () => noteEntries(args[0] as readonly FlowEntry[])) ?? [];
      return hear<readonly (readonly [unknown, unknown])[] | null | undefined>(adapter, () => call(...args), {
        what: 'what a flow came to',
        // Runs before the caller gets the answers, and so before the adapter looks at `answer`.
        fulfilled: (answers) => {
          sent.forEach((one, i) => {
            one.answer = answers?.[i]?.[1];
          });
        },
      });
    },
    forQueue: (call, args) => {
      const sibling = call(...args) as IQueueBackend;
      quietly(adapter, () => observeBackend(adapter, sibling));
      return sibling;
    },
  };
  observeInPlace(backend, whileObserver(backend, adapter, observation));

  function noteJob(job: JobJson): void {
    if (mayMeet(job)) noteSent(adapter, backend, looker, job);
  }

  function noteEntries(entries: readonly FlowEntry[]): Sent[] {
    const siblingOf = siblings(backend);
    return entries.map(({ jobData, queueName, prefix }) => {
      const there = siblingOf(queueName, prefix);
      return noteSent(adapter, there, createLooker(adapter, there), jobData);
    });
  }
}

function quietly<T>(adapter: BullMQAdapter, note: () => T): T | undefined {
  return adapter.core.enabled() ? adapter.quietly('a job that is sent', note) : undefined;
}
