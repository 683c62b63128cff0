import type { FlowProducer, Queue } from 'bullmq';
import { SignalboxError, shown } from '../../signal/signalbox-error.js';
import { claim, observerOf } from '../common/claim.js';
import type { Observation } from '../common/observed-object.js';
import { observeInPlace } from '../common/observed-object.js';
import type { BullMQAdapter } from './adapter.js';
import { flowObservation } from './add-flow.js';
import { queueObservation } from './add-job.js';
import { backendOf } from './backend-by-release.js';
import { checkRelease } from './engine-version.js';
import { observeBackend } from './observed-backend.js';

/** A FlowProducer of BullMQ, with any backend. */
export interface FlowProducerLike {
  add(flow: never, options?: never): unknown;
  addBulk(flows: never): unknown;
}

/** A Queue of BullMQ, with jobs of any type and any backend. */
export interface QueueLike {
  readonly name: string;
  add(name: never, data: never, options?: never): unknown;
  addBulk(jobs: never): unknown;
}

/** A Queue of BullMQ that a monitor looks at. */
export interface MonitoredQueue {
  readonly name: string;
  getJobCounts(...types: never[]): unknown;
}

/** Where the app's objects come in. Each method checks what the object can do, and observes it once. */
export interface Doors {
  queue<Q extends QueueLike>(queue: Q): Q;
  flowProducer<F extends FlowProducerLike>(flows: F): F;
  monitored(queue: MonitoredQueue): Queue;
}

export function createDoors(adapter: BullMQAdapter): Doors {
  const ofQueues = queueObservation(adapter);
  const ofFlows = flowObservation(adapter);

  function observe<T extends Queue | FlowProducer>(what: string, given: T, observation: Observation<T>): T {
    const owner = observerOf(given);
    if (owner === adapter) return given;
    if (owner) {
      const name = 'name' in given ? ` ${shown(given.name)}` : '';
      adapter.reportThat(
        `observed:${what}${name}`,
        `the ${what}${name} is observed by another box already, and left to it`,
      );
      return given;
    }
    try {
      observeInPlace(given, observation);
    } catch (error) {
      throw new SignalboxError(
        `${what}: it takes no properties (${shown(error)}). Give one that is not frozen: signalbox observes it by properties of its own.`,
      );
    }
    claim(given, adapter);
    observeBackend(adapter, backendOf(given));
    return given;
  }

  return {
    queue: (queue) => {
      checkRelease('Queue', 'Queue', queue, ['add', 'addBulk']);
      if (can(queue, 'getFlow') && !can(queue, 'getJobCounts'))
        throw new SignalboxError('Queue: it is a FlowProducer. Give it to `flowProducer(…)`.');
      return observe<Queue>('Queue', queue as unknown as Queue, ofQueues) as unknown as typeof queue;
    },
    flowProducer: (flows) => {
      checkRelease('FlowProducer', 'FlowProducer', flows, ['add', 'addBulk']);
      // TypeScript takes a Queue here, as it has both methods.
      if (can(flows, 'getJobCounts') && !can(flows, 'getFlow'))
        throw new SignalboxError('FlowProducer: it is a Queue. Give it to `queue(…)`.');
      return observe<FlowProducer>(
        'FlowProducer',
        flows as unknown as FlowProducer,
        ofFlows,
      ) as unknown as typeof flows;
    },
    monitored: (queue) => {
      // The monitor refuses anything that is no queue.
      if (typeof queue?.getJobCounts === 'function') checkRelease('monitor: Queue', 'Queue', queue, []);
      return queue as unknown as Queue;
    },
  };
}

function can(given: object, method: string): boolean {
  return typeof (given as Readonly<Record<string, unknown>>)[method] === 'function';
}
