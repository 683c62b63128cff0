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

test('worker() - of a class, with a processor that says what its jobs are', () => {
  const options = { connection, concurrency: 5 };
  const worker = jobs.worker(Worker, 'mail', async (job: Job<Mail, string>) => job.data.to, options);
  expectTypeOf(worker).toEqualTypeOf<Worker<Mail, string>>();
  const said = jobs.worker<Mail>(Worker, 'mail', async (job) => job.data.to, options);
  expectTypeOf(said).toEqualTypeOf<Worker<Mail, unknown>>();
  const named = jobs.worker<Mail, string, 'welcome'>(Worker, 'mail', async (job) => job.name, options);
  expectTypeOf(named).toEqualTypeOf<Worker<Mail, string, 'welcome'>>();
  class Postman extends Worker<Mail, string> {
    readonly bag = 1;
  }
  const own = jobs.worker(Postman, 'mail', async (job) => job.data.to, options);
  expectTypeOf(own).toEqualTypeOf<Postman>();
  // @ts-expect-error its jobs are mails
  jobs.worker(Postman, 'mail', async (job: Job<{ readonly from: string }, string>) => job.data.from, options);
});

test('worker() - of a class, with a file, or none', () => {
  const file = jobs.worker(Worker, 'mail', './processor.js', { connection });
  expectTypeOf(file).toEqualTypeOf<Worker<unknown, unknown>>();
  const asking = jobs.worker<Mail>(Worker, 'mail', null, { connection });
  expectTypeOf(asking).toEqualTypeOf<Worker<Mail, unknown>>();
  class Postman extends Worker<Mail, string> {
    readonly bag = 1;
  }
  expectTypeOf(jobs.worker(Postman, 'mail', null, { connection })).toEqualTypeOf<Postman>();
});

test('worker() - of a class that is none, or with options that are none, does not compile', () => {
  // @ts-expect-error it is no class of workers
  jobs.worker(Date, 'mail', async () => undefined, { connection });
  // @ts-expect-error `concurency` is no option of BullMQ
  jobs.worker(Worker, 'mail', async () => undefined, { connection, concurency: 5 });
  // @ts-expect-error a worker needs a connection
  jobs.worker(Worker, 'mail', async () => undefined);
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
  expectTypeOf(jobs.within({} as Job<Mail, string, 'welcome'>, () => 1)).toEqualTypeOf<Promise<number>>();
});

test('worker() - what makes no Worker does not compile', () => {
  // @ts-expect-error it is no Worker
  jobs.worker('./processor.js', (file) => ({ file }));
  // @ts-expect-error it is no processor
  jobs.worker(5, () => new Worker('mail', null, { connection }));
});
