import { randomUUID } from 'node:crypto';
import type { Attributes } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import type { Processor, QueueOptions, WorkerOptions } from 'bullmq';
import { FlowProducer, Queue, Worker } from 'bullmq';
import { Redis as IORedis } from 'ioredis';
import type { Signalbox } from 'signalbox';
import { createSignalbox } from 'signalbox';
import type { BullMQJobs, BullMQJobsOptions } from 'signalbox/bullmq';
import { bullmqJobs } from 'signalbox/bullmq';
import { afterAll, afterEach, beforeAll, beforeEach, vi } from 'vitest';
import { LOOK } from '../../../src/adapters/bullmq/jobs-before-script.js';
import type { TestOtel } from '../../support/otel.js';
import { resetOtel, startOtel } from '../../support/otel.js';
import type { Redis } from '../support/redis.js';
import { startRedis } from '../support/redis.js';

/** Data of a job, as the tests' jobs have it. */
export interface Mail {
  readonly to: string;
}

export const SECRET: Mail = { to: 'secret-payload' };

export type MailProcessor = Processor<Mail, unknown>;

/** As a server that another process of signalbox has used: what its first commands tell depends on how soon it has the script else. */
async function loadScript(connection: Redis['connection']): Promise<void> {
  const redis = new IORedis(connection);
  await redis.script('LOAD', LOOK);
  await redis.quit();
}

/** What the tests of this folder work with: a Redis, a queue name for each test, the SDK, and a box of each "process". */
export class Rig {
  otel!: TestOtel;
  box!: Signalbox;
  jobs!: BullMQJobs;
  name = '';
  connection: Redis['connection'] = { host: '', port: 0 };
  #release: (() => unknown)[] = [];
  #redis: Redis | undefined;

  constructor(options: BullMQJobsOptions = { types: ['welcome'] }) {
    beforeAll(async () => {
      this.#redis = await startRedis();
      this.connection = this.#redis.connection;
      await loadScript(this.connection);
    });
    afterAll(async () => {
      await this.#redis?.stop();
    });
    beforeEach(() => {
      this.otel = startOtel();
      this.name = `mail-${randomUUID().slice(0, 8)}`;
      this.#release = [];
      ({ box: this.box, jobs: this.jobs } = this.process(options));
    });
    afterEach(async () => {
      for (const release of this.#release.reverse()) await release();
      await this.otel.shutdown();
      resetOtel();
    });
  }

  /** Runs after the test, the last given first. */
  later(release: () => unknown): void {
    this.#release.push(release);
  }

  /** Telemetry as another process would have it: nothing is shared but Redis and the SDK. */
  process(options?: BullMQJobsOptions): { readonly box: Signalbox; readonly jobs: BullMQJobs } {
    const box = createSignalbox();
    return { box, jobs: bullmqJobs(box, options) };
  }

  rawQueue(options: Partial<QueueOptions> = {}, name: string = this.name): Queue<Mail> {
    const queue = new Queue<Mail>(name, { connection: this.connection, ...options });
    queue.on('error', () => undefined);
    this.later(() => queue.close());
    return queue;
  }

  queue(options: Partial<QueueOptions> = {}, jobs: BullMQJobs = this.jobs): Queue<Mail> {
    return jobs.queue(this.rawQueue(options));
  }

  flows(): FlowProducer {
    const flows = new FlowProducer({ connection: this.connection });
    this.later(() => flows.close());
    return this.jobs.flowProducer(flows);
  }

  worker(
    processor: MailProcessor | string | URL,
    options: Partial<WorkerOptions> = {},
    jobs: BullMQJobs = this.jobs,
    name: string = this.name,
  ): Worker<Mail, unknown> {
    const create = (given: MailProcessor | string | URL): Worker<Mail, unknown> =>
      this.rawWorker(given, options, name);
    return typeof processor === 'function'
      ? jobs.worker<Mail>(processor, create)
      : jobs.worker(processor, create);
  }

  /** A worker whose first job throws. It closes while it works, so that it can not take the retry that another is to take. Resolves when it is closed. */
  failsOnce(thrown: unknown, jobs?: BullMQJobs): Promise<void> {
    return new Promise((resolve, reject) => {
      const worker = this.worker(
        async () => {
          worker.close().then(resolve, reject);
          throw thrown;
        },
        {},
        jobs,
      );
    });
  }

  /** One that nothing observes. */
  rawWorker(
    processor: MailProcessor | string | URL,
    options: Partial<WorkerOptions> = {},
    name: string = this.name,
  ): Worker<Mail, unknown> {
    const worker = new Worker<Mail>(name, processor, {
      connection: this.connection,
      drainDelay: 1,
      ...options,
    });
    this.later(() => worker.close());
    return worker;
  }

  /** The attributes of the records of that name. */
  records(eventName: string): Attributes[] {
    return this.otel.logs(eventName).map(({ attributes }) => attributes as Attributes);
  }

  /** Waits until there are as many of them, and gives them. */
  async told(eventName: string, count = 1): Promise<Attributes[]> {
    await until(() => this.otel.logs(eventName).length >= count, `${count} records of ${eventName}`);
    return this.records(eventName);
  }

  /** Spans of attempts that have ended, by their start. */
  attempts(): ReadableSpan[] {
    return this.#spans('process');
  }

  enqueues(): ReadableSpan[] {
    return this.#spans('enqueue');
  }

  /** Waits for all that is found out beside the app. */
  async settled(): Promise<void> {
    await this.box.forceFlush();
  }

  /** What happened to jobs, in order. */
  story(): (string | undefined)[] {
    const names = this.otel
      .logs()
      .map(({ eventName }) => eventName)
      .filter((name) => name?.startsWith('job.'));
    // Whether Redis answers the producer or a waiting worker first is a matter of luck.
    const isQueued = (name: string | undefined): boolean => name === 'job.queued';
    return [...names.filter(isQueued), ...names.filter((name) => !isQueued(name))];
  }

  /** Everything that was told, as text. */
  async everything(): Promise<string> {
    const logs = this.otel.logs().map(({ body, attributes }) => ({ body, attributes }));
    const spans = this.otel
      .spans()
      .map(({ name, attributes, events, status, links }) => ({ name, attributes, events, status, links }));
    return JSON.stringify([logs, spans, [...(await this.otel.metrics()).values()]]);
  }

  #spans(operation: string): ReadableSpan[] {
    return this.otel
      .spans()
      .filter(({ attributes }) => attributes['messaging.operation.name'] === operation)
      .sort((a, b) => a.startTime[0] - b.startTime[0] || a.startTime[1] - b.startTime[1]);
  }
}

export async function until(holds: () => boolean | Promise<boolean>, what = 'it holds'): Promise<void> {
  await vi.waitFor(
    async () => {
      if (!(await holds())) throw new Error(`not yet: ${what}`);
    },
    { timeout: 20_000, interval: 5 },
  );
}

/** A promise and what opens it. */
export function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}
