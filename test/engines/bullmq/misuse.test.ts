import type { Processor } from 'bullmq';
import { FlowProducer, Queue, Worker } from 'bullmq';
import { createSignalbox } from 'signalbox';
import { bullmqJobs, sandboxed } from 'signalbox/bullmq';
import { describe, expect, test, vi } from 'vitest';

const box = createSignalbox();
const jobs = bullmqJobs(box);
const handler = async (): Promise<void> => undefined;
const closed: unknown[] = [];
/** It has no backends. */
const OF_5 = { name: 'mail', add() {}, getJobCounts() {} };

class WorkerOf5 {
  constructor() {
    throw new Error('it would take jobs');
  }
  getNextJob() {}
}

function workerOf5() {
  const close = async () => void closed.push('of 5');
  return { connection: { packageVersion: '5.1.0' }, qualifiedName: 'bull:mail', emit() {}, close };
}

/** What has the methods of a class, and connects to nothing. */
function made<T>(Class: { readonly prototype: T }): T {
  return Object.create(Class.prototype as object) as T;
}

/** A worker that takes no jobs: nothing answers it. */
function idle(processor: Processor): Worker {
  const connection = { host: '127.0.0.1', port: 1, lazyConnect: true, retryStrategy: () => null };
  const worker = new Worker('mail', processor, { connection, autorun: false });
  worker.on('error', () => undefined);
  vi.spyOn(worker, 'close').mockImplementation(async () => void closed.push(worker.name));
  return worker;
}

describe('misuse fails when it is made, and names what it got', () => {
  test.each([
    ['no box', () => bullmqJobs({} as never), /bullmqJobs: the box is/],
    [
      'links',
      () => bullmqJobs(box, { attemptLinks: 'always' as never }),
      /`attemptLinks` is 'always'.*'memory'/,
    ],
    [
      'types',
      () => bullmqJobs(box, { types: 'welcome' as never }),
      /`types` is 'welcome'. Give a list of job names/,
    ],
    ['relation', () => bullmqJobs(box, { relation: 'child' as never }), /`relation` is 'child'/],
    ['no queue', () => jobs.queue('mail' as never), /Queue: it is 'mail'/],
    [
      'a queue of an older BullMQ',
      () => jobs.queue({ ...OF_5, addBulk() {} } as never),
      /Queue: .*whose jobs can not carry a context\. Give a Queue of BullMQ 5\.34 or up\./,
    ],
    [
      'a flow producer of an older BullMQ',
      () => jobs.flowProducer({ ...OF_5, addBulk() {} } as never),
      /FlowProducer: .*whose jobs can not carry a context\. Give a FlowProducer of BullMQ 5\.34 or up\./,
    ],
    [
      'a queue of an older BullMQ to watch',
      () => jobs.monitor(OF_5 as never),
      /monitor: Queue: .*whose jobs can not carry a context\. Give a Queue of BullMQ 5\.34 or up\./,
    ],
    [
      'a worker of an older BullMQ',
      () => jobs.worker(handler, () => workerOf5() as never),
      /^worker: it is of BullMQ 5\.1\.0, whose jobs can not carry a context\. Give a Worker of BullMQ 5\.34 or up\.$/,
    ],
    [
      'the worker class of an older BullMQ',
      () => jobs.worker(WorkerOf5 as never, 'mail', handler, {} as never),
      /^worker: it is the class WorkerOf5, whose jobs can not carry a context\. Give a Worker of BullMQ 5\.34 or up\.$/,
    ],
    ['no flow producer', () => jobs.flowProducer(null as never), /FlowProducer: it is null/],
    [
      'a flow producer as a queue',
      () => jobs.queue(made(FlowProducer) as never),
      /Queue: it is a FlowProducer\. Give it to `flowProducer\(…\)`\./,
    ],
    [
      'a queue as a flow producer',
      () => jobs.flowProducer(made(Queue)),
      /FlowProducer: it is a Queue\. Give it to `queue\(…\)`\./,
    ],
    ['no processor', () => jobs.worker(5 as never, () => undefined as never), /processor is 5/],
    [
      'no function that makes it',
      () => jobs.worker(async () => undefined, {} as never),
      /second argument is a value of type object.*worker\(Worker, 'mail', handler, options\).*\(processor\) => new Worker/,
    ],
    [
      'a queue without its class',
      () => jobs.worker(handler as never, 'mail', {} as never, {} as never),
      /first argument is .*before the name of the queue 'mail'.*worker\(Worker, 'mail', handler, options\)/,
    ],
    [
      'no processor behind a class',
      () => jobs.worker(Worker, 'mail', 5 as never, {} as never),
      /processor is 5/,
    ],
    [
      'a class of no workers',
      () => jobs.worker(Date as never, 'mail', handler, {} as never),
      /no Worker of BullMQ/,
    ],
    [
      'no worker',
      () =>
        jobs.worker(
          async () => undefined,
          () => ({}) as never,
        ),
      /no Worker of BullMQ.*a function that returns one/,
    ],
    [
      'a maker that ignores the processor',
      () => jobs.worker(handler, () => idle(handler)),
      /made with the handler itself.*Pass the processor on, as a class does to super\(\): jobs\.worker\(handler, \(processor\) => new Worker\('mail', processor, options\)\)\.$/,
    ],
    ['no queue to watch', () => jobs.monitor({} as never), /monitor: the queue is/],
    ['no handler', () => sandboxed(box, './file.js' as never), /handler is '.\/file.js'/],
  ])('%s', (_, misuse, message) => {
    expect(misuse).toThrow(
      expect.objectContaining({ name: 'SignalboxError', message: expect.stringMatching(message) }),
    );
  });
});

test('a worker of an older BullMQ is closed: nobody has it, and it takes jobs', async () => {
  closed.length = 0;
  expect(() => jobs.worker(handler, () => workerOf5() as never)).toThrow(/BullMQ 5\.34 or up/);
  await vi.waitFor(() => expect(closed).toEqual(['of 5']));
});

test('a worker whose maker ignored the processor is closed: nobody has it', async () => {
  expect(() => jobs.worker(handler, () => idle(handler))).toThrow('made with the handler itself');
  await vi.waitFor(() => expect(closed).toContain('mail'));
});
