import type { Attributes } from '@opentelemetry/api';
import { Job } from 'bullmq';
import { describe, expect, test } from 'vitest';
import { Rig, SECRET, until } from './rig.js';

const rig = new Rig();

/** The attributes of the attempts of one job, by their start. */
function attemptsOf(id: string | undefined): Attributes[] {
  return rig
    .attempts()
    .map(({ attributes }) => attributes)
    .filter((attributes) => attributes['job.id'] === id);
}

function sleep(millis: number): Promise<void> {
  return new Promise((done) => setTimeout(done, millis));
}

/** A worker that has found nothing to do. */
async function idleWorker(...args: Parameters<typeof rig.worker>): Promise<ReturnType<typeof rig.worker>> {
  const worker = rig.worker(...args);
  await new Promise<void>((resolve) => worker.once('drained', () => resolve()));
  return worker;
}

describe('job.wait.duration of a first start', () => {
  test('a delay that was changed to later by the job that add() gave - the wait is from when it was due then', async () => {
    const queue = rig.queue();
    await idleWorker(async () => undefined);
    const job = await queue.add('welcome', SECRET, { delay: 100 });
    await job.changeDelay(900);
    const [record] = await rig.told('job.completed');
    expect(attemptsOf(job.id)[0]?.['job.wait.duration']).toBeLessThan(0.3);
    expect(record?.['job.turnaround.duration']).toBeLessThan(0.3);
  });

  test('a delay that was changed elsewhere - an idle worker knows that it was, and neither wait nor turnaround is told', async () => {
    const queue = rig.rawQueue();
    await idleWorker(async () => undefined);
    const job = await queue.add('welcome', SECRET, { delay: 100 });
    await job.changeDelay(900);
    const [record] = await rig.told('job.completed');
    expect(attemptsOf(job.id)[0]).not.toHaveProperty('job.wait.duration');
    expect(record).not.toHaveProperty('job.turnaround.duration');
  });

  test('a promotion that nobody could take at once - the wait is from the promotion, past the time when it was due', async () => {
    const queue = rig.queue();
    const job = await queue.add('welcome', SECRET, { delay: 150 });
    const promotedAt = Date.now();
    await job.promote();
    await sleep(400);
    let began = 0;
    rig.worker(async () => {
      began = Date.now();
    });
    await rig.told('job.completed');
    const wait = Number(attemptsOf(job.id)[0]?.['job.wait.duration']);
    expect(Math.abs(wait - (began - promotedAt) / 1000)).toBeLessThan(0.05);
  });

  test('promoteJobs() - each delayed job could run from then on', async () => {
    const queue = rig.queue();
    const job = await queue.add('welcome', SECRET, { delay: 60_000 });
    await queue.promoteJobs();
    rig.worker(async () => undefined);
    await rig.told('job.completed');
    expect(attemptsOf(job.id)[0]?.['job.wait.duration']).toBeLessThan(5);
  });

  test('a paused queue whose worker stands idle - the job could not run, and no wait is told', async () => {
    const queue = rig.queue();
    await queue.pause();
    await idleWorker(async () => undefined);
    const job = await queue.add('welcome', SECRET);
    await sleep(700);
    await queue.resume();
    await rig.told('job.completed');
    expect(attemptsOf(job.id)[0]).not.toHaveProperty('job.wait.duration');
  });

  test('a worker that was busy explains the wait of a delayed job: it is told', async () => {
    const queue = rig.queue();
    rig.worker(() => sleep(700));
    await queue.add('welcome', SECRET);
    await rig.told('job.started');
    const job = await queue.add('welcome', SECRET, { delay: 50 });
    await rig.told('job.completed', 2);
    expect(attemptsOf(job.id)[0]?.['job.wait.duration']).toBeGreaterThan(0.4);
  });

  test('a timestamp of the app is not the moment of the add: the wait is from the add', async () => {
    const queue = rig.queue({ defaultJobOptions: { timestamp: Date.now() - 3_000 } });
    rig.worker(async () => undefined);
    const job = await queue.add('welcome', SECRET);
    const [record] = await rig.told('job.completed');
    expect(attemptsOf(job.id)[0]?.['job.wait.duration']).toBeLessThan(1);
    expect(record?.['job.turnaround.duration']).toBeLessThan(1);
  });

  test.each([
    ['past', -3_000],
    ['future', 60_000],
  ])('a timestamp in the %s, where nobody noted the add - an idle worker tells no wait', async (_, off) => {
    const queue = rig.rawQueue();
    await idleWorker(async () => undefined);
    const job = await queue.add('welcome', SECRET, { timestamp: Date.now() + off });
    await rig.told('job.completed');
    expect(attemptsOf(job.id)[0]).not.toHaveProperty('job.wait.duration');
  });
});

describe('job.wait.duration of a retry', () => {
  test('a retry that was promoted could run from then on, and one that was delayed more from when it was due', async () => {
    const queue = rig.queue();
    rig.worker(async (job) => {
      if (job.attemptsMade === 0) throw new Error('not yet');
    });
    const promoted = await queue.add('welcome', SECRET, { attempts: 2, backoff: 60_000 });
    const later = await queue.add('welcome', SECRET, { attempts: 2, backoff: 150 });
    await rig.told('job.retrying', 2);
    await until(async () => (await queue.getDelayedCount()) === 2, 'both wait for their retry');
    await later.changeDelay(900);
    await promoted.promote();
    await rig.told('job.completed', 2);
    for (const { id } of [promoted, later]) {
      expect(attemptsOf(id)).toHaveLength(2);
      expect(attemptsOf(id)[1]?.['job.wait.duration']).toBeLessThan(0.3);
    }
  });
});

describe('a job that is brought back', () => {
  test.each([
    ['with its counts set back', { resetAttemptsMade: true, resetAttemptsStarted: true }],
    ['as it is', {}],
  ])('%s - wait and turnaround are from then', async (_, options) => {
    const queue = rig.queue();
    let works = false;
    rig.worker(async () => {
      if (!works) throw new Error('not yet');
    });
    const { id } = await queue.add('welcome', SECRET);
    await rig.told('job.abandoned');
    await sleep(600);
    works = true;
    await (await queue.getJob(id ?? ''))?.retry('failed', options);
    const [record] = await rig.told('job.completed');
    expect(rig.records('job.revived')).toHaveLength(1);
    expect(attemptsOf(id)[1]?.['job.wait.duration']).toBeLessThan(0.3);
    expect(record?.['job.turnaround.duration']).toBeLessThan(0.3);
  });

  test('elsewhere, counts set back - neither wait nor turnaround is told, by a process that never saw it', async () => {
    const queue = rig.rawQueue();
    const first = rig.worker(async () => {
      throw new Error('no');
    });
    const { id } = await queue.add('welcome', SECRET);
    await rig.told('job.abandoned');
    await first.close();
    const job = await Job.fromId(queue, id ?? '');
    await job?.retry('failed', { resetAttemptsMade: true, resetAttemptsStarted: true });
    rig.worker(async () => undefined, {}, rig.process().jobs);
    const [record] = await rig.told('job.completed');
    expect(attemptsOf(id)[1]).not.toHaveProperty('job.wait.duration');
    expect(record).not.toHaveProperty('job.turnaround.duration');
  });

  test('by a Job of the worker that has it - the wait is from then, and not from a retryJobs() of before', async () => {
    const queue = rig.queue();
    await queue.retryJobs();
    await sleep(600);
    let works = false;
    const worker = rig.worker(async () => {
      if (!works) throw new Error('not yet');
    });
    const { id } = await queue.add('welcome', SECRET);
    await rig.told('job.abandoned');
    works = true;
    await (await Job.fromId(worker, id ?? ''))?.retry();
    await rig.told('job.completed');
    expect(attemptsOf(id)[1]?.['job.wait.duration']).toBeLessThan(0.4);
  });

  test('elsewhere, after a retryJobs() here of before it was made - no wait is told', async () => {
    const queue = rig.queue();
    await queue.retryJobs();
    await sleep(300);
    let works = false;
    const worker = rig.worker(async () => {
      if (!works) throw new Error('not yet');
    });
    const { id } = await queue.add('welcome', SECRET);
    await rig.told('job.abandoned');
    await worker.close();
    works = true;
    await (await rig.rawQueue().getJob(id ?? ''))?.retry();
    rig.worker(async () => undefined);
    await rig.told('job.completed');
    expect(attemptsOf(id)[1]).not.toHaveProperty('job.wait.duration');
  });

  test('retryJobs() - the wait is from then', async () => {
    const queue = rig.queue();
    let works = false;
    rig.worker(async () => {
      if (!works) throw new Error('not yet');
    });
    const { id } = await queue.add('welcome', SECRET);
    await rig.told('job.abandoned');
    await sleep(600);
    works = true;
    await queue.retryJobs();
    await rig.told('job.completed');
    expect(attemptsOf(id)[1]?.['job.wait.duration']).toBeLessThan(0.4);
  });
});

describe('what was done here, and other processes went on with', () => {
  test('a promotion of before a start elsewhere - the retry here tells no wait from it', async () => {
    const queue = rig.queue();
    const { id } = await queue.add('welcome', SECRET, { delay: 60_000, attempts: 2 });
    await (await queue.getJob(id ?? ''))?.promote();
    const elsewhere = rig.rawWorker(async () => {
      throw new Error('not yet');
    });
    await new Promise((resolve) => elsewhere.once('failed', resolve));
    await elsewhere.close();
    await sleep(300);
    rig.worker(async () => undefined);
    await rig.told('job.completed');
    expect(attemptsOf(id)).toHaveLength(1);
    expect(attemptsOf(id)[0]).not.toHaveProperty('job.wait.duration');
  });

  test('a retry here of before a whole life elsewhere - what is brought back there tells no wait from it', async () => {
    const queue = rig.queue();
    const run = async (): Promise<void> => {
      const elsewhere = rig.rawWorker(async () => {
        throw new Error('no');
      });
      await new Promise((resolve) => elsewhere.once('failed', resolve));
      await elsewhere.close();
    };
    const { id } = await queue.add('welcome', SECRET);
    await run();
    await (await queue.getJob(id ?? ''))?.retry();
    await run();
    await (await rig.rawQueue().getJob(id ?? ''))?.retry();
    rig.worker(async () => undefined);
    await rig.told('job.completed');
    expect(attemptsOf(id)[0]).not.toHaveProperty('job.wait.duration');
  });
});
