import type { Processor, Queue, Worker, WorkerOptions } from 'bullmq';
import type { Signalbox } from 'signalbox';
import type { BullMQJobs, BullMQJobsOptions } from 'signalbox/bullmq';
import { BullMQInstrumentation } from 'signalbox/instrumentation';
import type { Hands } from '../hands.js';
import { held } from '../hands.js';
import type { Observed } from '../release.js';
import { releaseOf } from '../release.js';
import type { Form } from '../setting.js';
import { TYPE } from '../type.js';
import type { BullMQStore } from './bullmq-store.js';

/** Queues and workers that are observed. */
export interface ObservedBullMQ {
  readonly jobs: BullMQJobs;
  queue(name: string): Queue;
  worker(name: string, processor: Processor, options: Omit<WorkerOptions, 'connection'>): Worker;
  /** Whoever comes after it is not observed by it. */
  end(): void;
}

/** How a world observes. */
export interface Observing {
  readonly form: Form | undefined;
  readonly attemptLinks: BullMQJobsOptions['attemptLinks'];
  readonly observed: Observed | undefined;
  readonly hands: Hands;
}

export async function observedBullMQ(
  box: Signalbox,
  store: BullMQStore,
  { form = 'wrapper', attemptLinks, observed: { release, options: more } = {}, hands }: Observing,
): Promise<ObservedBullMQ> {
  const options = { types: [TYPE], attemptLinks, ...more };
  const jobs = (await (await releaseOf(release)).bullmq()).bullmqJobs(box, options);
  const classes = form === 'class' ? jobs.classes(store.classes) : store.classes;
  const instrumentation = form === 'instrumentation' ? new BullMQInstrumentation(box, options) : undefined;
  const plain: ObservedBullMQ = {
    jobs,
    queue: (name) => new classes.Queue(name, store.way()),
    worker: (name, processor, own) => new classes.Worker(name, processor, { ...own, ...store.way() }),
    end: () => instrumentation?.disable(),
  };
  if (form !== 'wrapper') return plain;
  return {
    ...plain,
    queue: (name) => held(hands, 'queue', plain.queue(name), (given) => jobs.queue(given)),
    worker: (name, processor, own) =>
      hands.over(
        'worker',
        jobs.worker(hands.handler('processor', processor), (wrapped) =>
          hands.beneath('worker', plain.worker(name, wrapped, own)),
        ),
      ),
  };
}
