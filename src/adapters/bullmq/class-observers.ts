import type { FlowProducer, Queue, Worker } from 'bullmq';
import type { ClassObserver, Observation } from '../common/observation.js';
import { perObject } from '../common/observation.js';
import type { BullMQAdapter } from './adapter.js';
import { flowObservation } from './add-flow.js';
import { queueObservation } from './add-job.js';
import { backendOf } from './backend-by-release.js';
import { isSupported } from './engine-version.js';
import type { Watch } from './observe-worker.js';
import { observeBackend } from './observed-backend.js';
import { workerObserver } from './worker-class.js';

/** The methods of one of BullMQ's classes that signalbox observes, and their observer. */
export interface Observed<T extends object> {
  readonly names: readonly (keyof T & string)[];
  readonly observer: ClassObserver<T>;
  /** Whether the caller has to claim its objects for the adapter. The observer of workers does that itself. */
  readonly claims: boolean;
}

/** How signalbox observes each of BullMQ's classes. */
export interface ClassObservers {
  readonly Queue: Observed<Queue>;
  readonly FlowProducer: Observed<FlowProducer>;
  readonly Worker: Observed<Worker>;
}

/** Methods that add, end or hand out jobs. The first call of one of them starts the observation of the queue's backend. */
const OF_QUEUE = [
  'add',
  'addBulk',
  'remove',
  'drain',
  'clean',
  'obliterate',
  'retryJobs',
  'promoteJobs',
  'upsertJobScheduler',
  'removeJobScheduler',
  'removeOrphanedJobs',
  'getJob',
  'getJobs',
  'getBackend',
] as const satisfies readonly (keyof Queue)[];

const OF_FLOWS = [
  'add',
  'addBulk',
  'getFlow',
  'getBackend',
] as const satisfies readonly (keyof FlowProducer)[];

const OF_WORKER = ['run', 'getNextJob'] as const satisfies readonly (keyof Worker)[];

/** The methods of each class that signalbox observes. */
export const METHODS: { readonly [K in keyof ClassObservers]: ClassObservers[K]['names'] } = {
  Queue: OF_QUEUE,
  FlowProducer: OF_FLOWS,
  Worker: OF_WORKER,
};

/** @param seen Called with each queue that signalbox begins to observe. */
export function classObservers(
  adapter: BullMQAdapter,
  watch: Watch,
  seen: (queue: Queue) => void,
): ClassObservers {
  const onBackend = <T extends Queue | FlowProducer>(
    observation: Observation<T>,
    made: (object: T) => void = () => undefined,
  ): ClassObserver<T> => ({
    observationOf: perObject((object) => {
      if (!adapter.core.enabled() || !isSupported(object)) return undefined;
      adapter.quietly('a backend', () => observeBackend(adapter, backendOf(object)));
      adapter.quietly('a monitor', () => made(object));
      return observation;
    }),
  });
  return {
    Queue: {
      names: METHODS.Queue,
      observer: onBackend<Queue>(queueObservation(adapter), seen),
      claims: true,
    },
    FlowProducer: {
      names: METHODS.FlowProducer,
      observer: onBackend(flowObservation(adapter)),
      claims: true,
    },
    Worker: { names: METHODS.Worker, observer: workerObserver(adapter, watch), claims: false },
  };
}
