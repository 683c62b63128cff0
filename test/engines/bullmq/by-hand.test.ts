import { trace } from '@opentelemetry/api';
import type { JobsOptions, WorkerOptions } from 'bullmq';
import { DelayedError, Job, UnrecoverableError, Worker } from 'bullmq';
import { describe, expect, test, vi } from 'vitest';
import type { Mail } from './rig.js';
import { gate, Rig, SECRET, until } from './rig.js';

const rig = new Rig();
const TOKEN = 'by-hand';

/** A worker that the app asks for its jobs. */
function asked(options: Partial<WorkerOptions> = {}): Worker<Mail, unknown> {
  const worker = rig.jobs.worker(
    null,
    () => new Worker<Mail>(rig.name, null, { connection: rig.connection, drainDelay: 1, ...options }),
  );
  rig.later(() => worker.close());
  return worker;
}

async function next(worker: Worker<Mail, unknown>, token = TOKEN): Promise<Job<Mail>> {
  const job = await worker.getNextJob(token);
  if (!job) throw new Error('there is none');
  return job;
}

function outcomes(): unknown[] {
  return rig.attempts().map(({ attributes }) => attributes['job.attempt.outcome']);
}

describe('getNextJob()', () => {
  test('moveToCompleted() - an attempt from the one to the other, on the trace of its enqueue', async () => {
    const queue = rig.queue();
    const worker = asked({ name: 'desk' });
    const { id } = await queue.add('welcome', SECRET, { attempts: 2 });
    const job = await next(worker);
    expect(rig.story()).toEqual(['job.queued', 'job.started']);
    await job.moveToCompleted('done', TOKEN, false);
    expect(rig.story()).toEqual(['job.queued', 'job.started', 'job.completed']);
    const [span] = rig.attempts();
    expect(span?.parentSpanContext?.spanId).toBe(rig.enqueues()[0]?.spanContext().spanId);
    expect(span?.attributes).toMatchObject({
      'job.id': id,
      'worker.id': 'desk',
      'job.attempt.number': 1,
      'job.attempt.outcome': 'completed',
    });
    expect(span?.attributes['job.wait.duration']).toBeLessThan(5);
    expect(rig.records('worker.started')).toHaveLength(1);
    expect(await rig.otel.points('messaging.process.duration')).toMatchObject([{ value: 1 }]);
  });

  test('moveToFailed() - the error keeps its name and text; a retry links to it, and the last one ends the job', async () => {
    const queue = rig.queue();
    const worker = asked();
    await queue.add('welcome', SECRET, { attempts: 3, backoff: 50 });
    await (await next(worker)).moveToFailed(new TypeError('not yet'), TOKEN);
    await until(async () => (await queue.getDelayedCount()) === 1);
    const again = await ask(() => worker.getNextJob(TOKEN, { block: false }));
    await again.moveToFailed(new UnrecoverableError('never'), TOKEN);
    expect(rig.story()).toEqual([
      'job.queued',
      'job.started',
      'job.failed',
      'job.retrying',
      'job.started',
      'job.failed',
      'job.abandoned',
    ]);
    const [first, last] = rig.attempts();
    expect(first?.status.message).toBe('not yet');
    expect(first?.attributes).toMatchObject({ 'error.type': 'TypeError', 'job.retry.delay': 0.05 });
    expect(last?.links).toMatchObject([{ context: { spanId: first?.spanContext().spanId } }]);
    expect(last?.attributes).toMatchObject({
      'error.type': 'UnrecoverableError',
      'job.abandon.reason': 'not_retryable',
    });
  });

  test('moveToFailed() without backoff, of the last attempt - it gave up at the maximum', async () => {
    const queue = rig.queue();
    const worker = asked();
    await queue.add('welcome', SECRET, { attempts: 2 });
    for (let n = 0; n < 2; n++) await (await next(worker)).moveToFailed(new Error('no'), TOKEN);
    expect(rig.records('job.retrying')).toMatchObject([{ 'job.retry.delay': 0 }]);
    expect(rig.records('job.abandoned')).toMatchObject([
      { 'job.abandon.reason': 'max_attempts', 'job.attempts': 2 },
    ]);
  });

  test('moveToDelayed() and moveToWait() - starts that are put back', async () => {
    const queue = rig.queue();
    const worker = asked();
    await queue.add('welcome', SECRET);
    await (await next(worker)).moveToWait(TOKEN);
    await (await next(worker)).moveToDelayed(Date.now() + 60_000, TOKEN);
    expect(outcomes()).toEqual(['deferred', 'deferred']);
    expect(rig.records('job.deferred').map((record) => record['job.defer.reason'])).toEqual([
      'waiting',
      'delayed',
    ]);
    expect(rig.records('job.deferred')[1]?.['job.delay']).toBeCloseTo(60, 0);
  });

  test('a job that came with the end of another is told as one that was asked for', async () => {
    const queue = rig.queue();
    const worker = asked();
    await queue.addBulk([1, 2, 3].map(() => ({ name: 'welcome', data: SECRET })));
    let job: Job<Mail> | undefined = await next(worker);
    while (job) {
      const ended = (
        job.attemptsStarted === 1 && job.id === '2'
          ? await job.moveToFailed(new RangeError('no'), TOKEN, true)
          : await job.moveToCompleted('done', TOKEN, true)
      ) as unknown;
      const [data, id] = Array.isArray(ended) ? (ended as [never, string]) : [];
      job = data ? (Job.fromJSON(worker, data, id) as Job<Mail>) : undefined;
    }
    expect(outcomes()).toEqual(['completed', 'failed', 'completed']);
    expect(rig.attempts()[1]?.attributes['error.type']).toBe('RangeError');
    expect(rig.records('job.abandoned')).toHaveLength(1);
  });

  test('a lock that runs out loses the attempt; extendLock() holds it', async () => {
    const queue = rig.queue();
    const worker = asked({ lockDuration: 150 });
    await queue.add('welcome', SECRET);
    await queue.add('welcome', SECRET);
    const held = await next(worker);
    await held.extendLock(TOKEN, 60_000);
    await next(worker);
    await until(() => rig.attempts().length === 1, 'the other is lost');
    expect(outcomes()).toEqual(['lost']);
    await held.moveToCompleted('done', TOKEN, false);
    expect(outcomes().sort()).toEqual(['completed', 'lost']);
  });

  test('a move that BullMQ refuses since the job was taken away - it is lost, and the app gets the error', async () => {
    const queue = rig.queue();
    const worker = asked();
    await queue.add('welcome', SECRET);
    const job = await next(worker);
    await expect(job.moveToCompleted('done', 'another token', false)).rejects.toThrow(/Lock mismatch/);
    expect(outcomes()).toEqual(['lost']);
  });

  test('processJob() - a job that was asked for and given to the processor of its worker has one attempt', async () => {
    const queue = rig.queue();
    const ran: (string | undefined)[] = [];
    const worker = rig.worker(
      async () => {
        ran.push(trace.getActiveSpan()?.spanContext().spanId);
      },
      { autorun: false },
    );
    await queue.add('welcome', SECRET);
    await worker.processJob(await next(worker), TOKEN, () => false);
    expect(rig.story()).toEqual(['job.queued', 'job.started', 'job.completed']);
    expect(ran).toEqual([rig.attempts()[0]?.spanContext().spanId]);
  });

  test('a worker that runs and is asked too - each job is told once', async () => {
    const queue = rig.queue();
    const go = gate();
    const worker = rig.worker(() => go.opened);
    await queue.add('welcome', SECRET);
    await rig.told('job.started');
    await queue.add('welcome', SECRET);
    const job = await next(worker);
    await job.moveToCompleted('done', TOKEN, false);
    go.open();
    await rig.told('job.completed', 2);
    expect(outcomes()).toEqual(['completed', 'completed']);
  });

  test('close() with a job in the hand - it is lost', async () => {
    const queue = rig.queue();
    const worker = asked();
    await queue.add('welcome', SECRET);
    await next(worker);
    await worker.close();
    expect(outcomes()).toEqual(['lost']);
  });

  test('moves that a test stubs move nothing, and tell nothing', async () => {
    const queue = rig.queue();
    const worker = asked();
    await queue.add('welcome', SECRET);
    const job = await next(worker);
    vi.spyOn(job, 'moveToCompleted').mockResolvedValue(undefined as never);
    await job.moveToCompleted('done', TOKEN, false);
    expect(rig.story()).toEqual(['job.queued', 'job.started']);
  });
});

describe("a job that was asked for, settled by its queue's Job", () => {
  async function both(options: JobsOptions = {}, how: Partial<WorkerOptions> = {}): Promise<Job<Mail>> {
    const queue = rig.queue();
    const worker = asked(how);
    const { id } = await queue.add('welcome', SECRET, options);
    await next(worker);
    const job = await queue.getJob(id ?? '');
    if (!job) throw new Error('it is gone');
    return job;
  }

  test.each<[string, (job: Job<Mail>) => Promise<unknown>, string, JobsOptions]>([
    ['moveToCompleted()', (job) => job.moveToCompleted('done', TOKEN, false), 'completed', {}],
    ['moveToFailed(), the last', (job) => job.moveToFailed(new Error('no'), TOKEN), 'failed', {}],
    [
      'moveToFailed(), to be retried',
      (job) => job.moveToFailed(new Error('no'), TOKEN),
      'failed',
      { attempts: 2 },
    ],
    [
      'moveToFailed(), to be retried later',
      (job) => job.moveToFailed(new Error('no'), TOKEN),
      'failed',
      { attempts: 2, backoff: 60_000 },
    ],
    ['moveToDelayed()', (job) => job.moveToDelayed(Date.now() + 60_000, TOKEN), 'deferred', {}],
    ['moveToWait()', (job) => job.moveToWait(TOKEN), 'deferred', {}],
  ])('%s', async (_, move, outcome, options) => {
    await move(await both(options));
    expect(outcomes()).toEqual([outcome]);
    expect(rig.records('job.retrying')).toHaveLength(options.attempts ? 1 : 0);
    expect(rig.records('job.completed')).toHaveLength(outcome === 'completed' ? 1 : 0);
    expect(rig.records('job.abandoned')).toHaveLength(outcome === 'failed' && !options.attempts ? 1 : 0);
  });

  test('extendLock() - holds it', async () => {
    const job = await both({}, { lockDuration: 150 });
    await job.extendLock(TOKEN, 60_000);
    await new Promise((done) => setTimeout(done, 300));
    expect(outcomes()).toEqual([]);
    await job.moveToCompleted('done', TOKEN, false);
    expect(outcomes()).toEqual(['completed']);
  });

  test('a move that is refused tells nothing of who has the job', async () => {
    const job = await both();
    await expect(job.moveToCompleted('done', 'another token', false)).rejects.toThrow(/Lock mismatch/);
    expect(outcomes()).toEqual([]);
  });
});

describe('a processor that moves its job by hand', () => {
  test('moveToCompleted() and moveToFailed() - one end, as the store has it', async () => {
    const queue = rig.queue();
    const worker = rig.worker(async (job, token = '') => {
      if (job.id === '1') await job.moveToCompleted('done', token, false);
      else await job.moveToFailed(new RangeError('no'), token);
    });
    worker.on('error', () => undefined);
    await queue.add('welcome', SECRET);
    await queue.add('welcome', SECRET);
    await rig.told('job.abandoned');
    await worker.close();
    expect(outcomes()).toEqual(['completed', 'failed']);
    expect(rig.records('job.abandoned')).toMatchObject([{ 'error.type': 'RangeError' }]);
    expect(rig.records('job.completed')).toHaveLength(1);
  });

  test.each([
    ['throws a DelayedError of its own name', () => Promise.reject(new Later())],
    ['throws another error', () => Promise.reject(new Error('oops'))],
    ['returns', async () => undefined],
  ])('moveToDelayed(), and then it %s - the start was put back', async (_, then) => {
    const queue = rig.queue();
    const worker = rig.worker(async (job, token) => {
      await job.moveToDelayed(Date.now() + 60_000, token);
      return then();
    });
    worker.on('error', () => undefined);
    await queue.add('welcome', SECRET);
    await rig.told('job.deferred');
    await worker.close();
    expect(outcomes()).toEqual(['deferred']);
    expect(rig.story()).toEqual(['job.queued', 'job.started', 'job.deferred']);
  });
});

class Later extends DelayedError {
  override name = 'Later';
}

/** Asks until there is one. */
async function ask(from: () => Promise<Job<Mail> | undefined>): Promise<Job<Mail>> {
  let job: Job<Mail> | undefined;
  await until(async () => {
    job = await from();
    return job !== undefined;
  }, 'there is a job');
  return job as unknown as Job<Mail>;
}
