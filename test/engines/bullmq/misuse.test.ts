import { createSignalbox } from 'signalbox';
import { bullmqJobs, sandboxed } from 'signalbox/bullmq';
import { describe, expect, test } from 'vitest';

const box = createSignalbox();
const jobs = bullmqJobs(box);

describe('misuse fails when it is made, and names what it got', () => {
  test.each([
    ['no box', () => bullmqJobs({} as never), /createJobs: the box is/],
    [
      'links',
      () => bullmqJobs(box, { attemptLinks: 'always' as never }),
      /attemptLinks is 'always'.*'memory'/,
    ],
    ['types', () => bullmqJobs(box, { types: 'welcome' as never }), /types is 'welcome'/],
    ['relation', () => bullmqJobs(box, { relation: 'child' as never }), /relation is 'child'/],
    ['no queue', () => jobs.queue('mail' as never), /Queue: it is 'mail'/],
    ['no flow producer', () => jobs.flowProducer(null as never), /FlowProducer: it is null/],
    [
      'no processor',
      () => jobs.worker(undefined as never, () => undefined as never),
      /processor is undefined/,
    ],
    [
      'no function that makes it',
      () => jobs.worker(async () => undefined, {} as never),
      /\(processor\) => new Worker/,
    ],
    [
      'no worker',
      () =>
        jobs.worker(
          async () => undefined,
          () => ({}) as never,
        ),
      /Return a Worker of BullMQ/,
    ],
    ['no queue to watch', () => jobs.monitor({} as never), /monitor: the queue is/],
    ['no handler', () => sandboxed(box, './file.js' as never), /handler is '.\/file.js'/],
  ])('%s', (_, misuse, message) => {
    expect(misuse).toThrow(
      expect.objectContaining({ name: 'SignalboxError', message: expect.stringMatching(message) }),
    );
  });
});
