import type { Job, WorkerOptions } from 'bullmq';
import { DelayedError, UnrecoverableError, Worker } from 'bullmq';
import { describe, expect, test } from 'vitest';
import type { Mail, MailProcessor } from './rig.js';
import { Rig, SECRET, until } from './rig.js';

const rig = new Rig();

type Work = (
  start: (processor: MailProcessor, options?: Partial<WorkerOptions>) => Worker,
) => Promise<unknown>;

/** What an app sees of BullMQ must be the same with us and without. */
async function both(work: (name: string) => Work): Promise<void> {
  const observed = await work('observed')((processor, options) => rig.worker(processor, options));
  rig.name = `${rig.name}-raw`;
  const raw = await work('raw')((processor, options) => rig.rawWorker(processor, options));
  expect(observed).toEqual(raw);
}

describe('BullMQ behaves the same with the wrapper as without', () => {
  test('an AbortSignal comes to processors that take one, and cancelJob() aborts it with its reason', async () => {
    await both(() => async (start) => {
      let seen: AbortSignal | undefined;
      const worker = start(
        (_job, _token, signal) =>
          new Promise((_, reject) => {
            seen = signal;
            signal?.addEventListener('abort', () => reject(new UnrecoverableError(String(signal.reason))));
          }),
      );
      const failed = new Promise<string>((resolve) =>
        worker.on('failed', (_, error) => resolve(error.message)),
      );
      const { id } = await rig.rawQueue().add('welcome', SECRET, { attempts: 3 });
      await until(() => seen !== undefined, 'it runs');
      return [worker.cancelJob(id ?? '', 'stop'), await failed, seen?.aborted];
    });
    expect(rig.records('job.abandoned')).toMatchObject([{ 'job.abandon.reason': 'cancelled' }]);
  });

  test('a processor that takes no signal can not be cancelled, and is called with what BullMQ gives it', async () => {
    await both(() => async (start) => {
      let args: unknown[] = [];
      let self: unknown;
      let end = (): void => undefined;
      const worker = start(function (this: unknown, job, ...more) {
        self = this;
        args = [job.data, typeof more[0], more.length];
        return new Promise<void>((resolve) => {
          end = resolve;
        });
      });
      const completed = new Promise((resolve) => worker.on('completed', (_, result) => resolve(result)));
      const { id } = await rig.rawQueue().add('welcome', SECRET);
      await until(() => args.length > 0, 'it runs');
      const cancelled = worker.cancelJob(id ?? '');
      end();
      return [cancelled, await completed, args, self === worker];
    });
  });

  test('results, errors and their stack traces are stored alike', async () => {
    await both(() => async (start) => {
      const queue = rig.rawQueue();
      const worker = start(async (job) => {
        if (job.attemptsMade < 1) throw new Error('not yet');
        return { answer: 42 };
      });
      const completed = new Promise<Job>((resolve) => worker.on('completed', (job) => resolve(job)));
      const added = await queue.add('welcome', SECRET, { attempts: 2, backoff: 5 });
      await completed;
      const job = await queue.getJob(added.id ?? '');
      return [job?.returnvalue, job?.failedReason, job?.stacktrace?.length, job?.attemptsMade, job?.opts];
    });
  });

  test('events come in the same order', async () => {
    await both(() => async (start) => {
      const queue = rig.rawQueue();
      let starts = 0;
      const worker = start(async (job, token) => {
        starts++;
        if (starts === 1) throw new Error('not yet');
        if (starts > 2) return;
        await job.moveToDelayed(Date.now() + 5, token);
        throw new DelayedError();
      });
      const events: string[] = [];
      for (const event of ['active', 'completed', 'failed'] as const)
        worker.on(event, () => events.push(event));
      await queue.add('welcome', SECRET, { attempts: 2 });
      await until(() => events.includes('completed'), 'it is done');
      return events;
    });
  });

  test('a rate limit is kept', async () => {
    await both(() => async (start) => {
      const queue = rig.rawQueue();
      const times: number[] = [];
      const worker = start(
        async () => {
          times.push(Date.now());
        },
        { limiter: { max: 1, duration: 150 } },
      );
      await queue.addBulk([1, 2, 3].map(() => ({ name: 'welcome', data: SECRET })));
      await until(() => times.length === 3, 'all ran');
      await worker.close();
      return times.slice(1).map((time, i) => time - (times[i] ?? 0) >= 140);
    });
  });

  test('Worker.RateLimitError puts the job back as it was', async () => {
    await both(() => async (start) => {
      const queue = rig.rawQueue();
      let starts = 0;
      const worker = start(
        async () => {
          if (starts++ > 0) return;
          await queue.rateLimit(20);
          throw Worker.RateLimitError();
        },
        { limiter: { max: 5, duration: 20 } },
      );
      const completed = new Promise<Job>((resolve) => worker.on('completed', (job) => resolve(job)));
      await queue.add('welcome', SECRET);
      const job = await completed;
      return [job.attemptsMade, job.attemptsStarted];
    });
  });

  test('what is asked of a queue without waiting is done in the order asked', async () => {
    const results = [rig.queue(), rig.rawQueue({}, `${rig.name}-raw`)].map(async (queue) => {
      await queue.add('first', SECRET, { jobId: 'one' });
      const asked = [
        queue.remove('one'),
        queue.add('second', SECRET, { jobId: 'one' }),
        queue.addBulk([{ name: 'third', data: SECRET }]),
        queue.add('fourth', SECRET),
      ];
      await Promise.all(asked);
      return (await queue.getWaiting()).map(({ name }) => name);
    });
    const [observed, raw] = await Promise.all(results);
    expect(observed).toEqual(raw);
    await rig.settled();
    expect(rig.records('job.abandoned')).toMatchObject([{ 'job.id': 'one', 'job.type': 'first' }]);
  });

  test('the worker that is returned is the one that was made', async () => {
    let made: Worker | undefined;
    const worker = rig.jobs.worker<Mail>(
      async () => undefined,
      (processor) => {
        made = rig.rawWorker(processor);
        return made;
      },
    );
    expect(worker).toBe(made);
    expect(worker).toBeInstanceOf(Worker);
  });
});
