import type { Job, PostgresQueueBackend, RedisQueueBackend } from 'bullmq';
import { createPostgresBackend, Worker } from 'bullmq';
import { createSignalbox } from 'signalbox';
import { bullmqJobs } from 'signalbox/bullmq';
import { expectTypeOf, test } from 'vitest';

interface Mail {
  readonly to: string;
}
interface Progress {
  readonly [step: string]: number;
}

const jobs = bullmqJobs(createSignalbox());
const connection = { host: '127.0.0.1' };

test('worker() - a file, and a worker whose jobs have one name', () => {
  const worker = jobs.worker(
    './processor.js',
    (file) => new Worker<Mail, string, 'welcome'>('mail', file, { connection }),
  );
  expectTypeOf(worker).toEqualTypeOf<Worker<Mail, string, 'welcome'>>();
  const url = jobs.worker(
    new URL('file:///p.js'),
    (f) => new Worker<Mail, string, 'x'>('q', f, { connection }),
  );
  expectTypeOf(url).toEqualTypeOf<Worker<Mail, string, 'x'>>();
});

test('worker() - a worker with a type of progress, and a processor that takes its jobs', () => {
  const worker = jobs.worker(
    async (job: Job<Mail, string, 'welcome', Progress>) => {
      await job.updateProgress({ sent: 1 });
      return job.data.to;
    },
    (processor) =>
      new Worker<Mail, string, 'welcome', RedisQueueBackend, Progress>('mail', processor, { connection }),
  );
  expectTypeOf(worker).toEqualTypeOf<Worker<Mail, string, 'welcome', RedisQueueBackend, Progress>>();
  const named = jobs.worker<Mail, string, 'welcome'>(
    async (job) => `${job.data.to} ${job.name}`,
    (processor) => new Worker<Mail, string, 'welcome'>('mail', processor, { connection }),
  );
  expectTypeOf(named).toEqualTypeOf<Worker<Mail, string, 'welcome'>>();
});

test('worker() - on PostgreSQL, with a processor, a file or none', () => {
  const connect = { connection: 'postgres://127.0.0.1/app' };
  const worker = jobs.worker(
    async (job: Job<Mail>) => job.data.to,
    (processor) => new Worker('mail', processor, connect, createPostgresBackend),
  );
  expectTypeOf(worker.backend).toEqualTypeOf<PostgresQueueBackend>();
  const file = jobs.worker(
    './p.js',
    (f) =>
      new Worker<Mail, string, 'x', PostgresQueueBackend>(
        'q',
        f,
        connect as never,
        createPostgresBackend as never,
      ),
  );
  expectTypeOf(file.backend).toEqualTypeOf<PostgresQueueBackend>();
});

test('worker() - none: the app asks for its jobs, and runs within them', () => {
  const worker = jobs.worker(null, () => new Worker<Mail, string>('mail', null, { connection }));
  expectTypeOf(worker).toEqualTypeOf<Worker<Mail, string>>();
  jobs.worker(undefined, () => new Worker('mail', undefined, { connection }));
  expectTypeOf(jobs.within({} as Job<Mail, string, 'welcome'>, () => 1)).toEqualTypeOf<number>();
});

test('worker() - what makes no Worker does not compile', () => {
  // @ts-expect-error it is no Worker
  jobs.worker('./processor.js', (file) => ({ file }));
  // @ts-expect-error it is no processor
  jobs.worker(5, () => new Worker('mail', null, { connection }));
});
