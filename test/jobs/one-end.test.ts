import type { AttemptInfo } from 'signalbox/jobs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { pass, useFakeTime, useRealTime } from '../examples/queue/fake-time.js';
import { resetOtel } from '../support/otel.js';
import type { Rig } from './rig.js';
import { ended, eventNames, GIVE_UP, QUEUE, RETRY, startRig } from './rig.js';

const JOB = { id: '1', type: 'welcome', maxAttempts: 3 };
const INFO: AttemptInfo = { job: JOB, number: 2, worker: 'w', firstRunnableAt: 1 };
const PROCESS = 'process welcome';

let rig: Rig;
beforeEach(() => {
  useFakeTime();
  rig = startRig();
});
afterEach(() => {
  useRealTime();
  resetOtel();
});

/** The ends as records tell them, as the counter counts them, and as health checks do. */
async function ends(): Promise<unknown> {
  const { otel } = rig;
  const records = otel.logs().filter(({ eventName }) => /^job\.(completed|abandoned)$/.test(eventName ?? ''));
  const counted = (await otel.points('job.ended')).reduce((sum, { value }) => sum + value, 0);
  expect(counted).toBe(records.length);
  return records.map(({ eventName, attributes }) => attributes['job.abandon.reason'] ?? eventName);
}

const SETTLED: readonly [string, (attempt: ReturnType<Rig['queue']['attempt']>) => void][] = [
  ['completed', (attempt) => attempt.completed()],
  ['failed, and not retried', (attempt) => attempt.failed(new Error('no'), GIVE_UP)],
  ['failed, and retried', (attempt) => attempt.failed(new Error('no'), RETRY)],
  ['timed out', (attempt) => attempt.timedOut(5, GIVE_UP)],
  ['deferred', (attempt) => attempt.deferred({ reason: 'later' })],
  ['lost', (attempt) => attempt.lost()],
  ['lost and abandoned', (attempt) => attempt.lost({ abandoned: 'stalled' })],
];

describe('a job that a command ends while its attempt runs here', () => {
  test.each(SETTLED)(
    'has one end where its attempt is then %s, and its attempt is lost',
    async (_, settle) => {
      const { otel, queue } = rig;
      const attempt = queue.attempt(INFO);
      const run = attempt.run(() => pass(20));
      queue.abandoned({ id: '1' }, { reason: 'cancelled' });
      expect([attempt.settled, otel.spans().length]).toEqual([true, 0]);
      await run;
      settle(attempt);
      expect(await ends()).toEqual(['cancelled']);
      const span = ended(otel, PROCESS);
      expect(span.attributes).toMatchObject({
        'job.attempt.outcome': 'lost',
        'job.abandon.reason': 'cancelled',
        'error.type': 'lost',
      });
      expect(eventNames(span)).toEqual(['job.started', 'job.abandoned']);
      expect(otel.logs('job.failed')).toEqual([]);
    },
  );

  test('is told with what its attempt knows: type, worker, attempts, turnaround, span', () => {
    const { otel, queue } = rig;
    const attempt = queue.attempt(INFO);
    queue.abandoned({ id: '1' }, { reason: 'removed' });
    attempt.lost();
    const [record] = otel.logs('job.abandoned');
    expect(record?.attributes).toMatchObject({ 'job.type': 'welcome', 'worker.id': 'w', 'job.attempts': 2 });
    expect(record?.attributes['job.turnaround.duration']).toBeGreaterThan(0);
    expect(record?.spanContext?.spanId).toBe(ended(otel, PROCESS).spanContext().spanId);
  });

  test('its span ends when its handler does, also where nobody settles it', async () => {
    const { otel, queue } = rig;
    const attempt = queue.attempt(INFO);
    const run = attempt.run(() => pass(20));
    queue.abandoned(JOB, { reason: 'cancelled' });
    await run;
    const { duration } = ended(otel, PROCESS);
    expect(duration[1]).toBeGreaterThan(19_000_000);
    expect((await otel.points('job.active')).map(({ value }) => value)).toEqual([0]);
  });

  test('its span ends at once where the handler has ended and settling goes on', async () => {
    const { otel, queue } = rig;
    const attempt = queue.attempt(INFO);
    await attempt.run(() => pass(1));
    queue.abandoned(JOB, { reason: 'cancelled' });
    expect(ended(otel, PROCESS).attributes['job.attempt.outcome']).toBe('lost');
    attempt.completed();
    expect(await ends()).toEqual(['cancelled']);
  });

  test('completed() - settles the attempt, once', async () => {
    const { otel, queue } = rig;
    const attempt = queue.attempt(INFO);
    queue.completed({ id: '1' });
    attempt.completed();
    expect(await ends()).toEqual(['job.completed']);
    expect(otel.logs('job.completed')[0]?.attributes).toMatchObject({
      'job.type': 'welcome',
      'worker.id': 'w',
    });
    expect(ended(otel, PROCESS).attributes['job.attempt.outcome']).toBe('completed');
  });

  test('completed() - of another attempt than the one here, as a look at the store tells, loses the one here', async () => {
    const { otel, queue } = rig;
    const attempt = queue.attempt(INFO);
    queue.completed({ id: '1' }, { attempts: 3 });
    attempt.completed();
    expect(await ends()).toEqual(['job.completed']);
    expect(ended(otel, PROCESS).attributes['job.attempt.outcome']).toBe('lost');
  });

  test('in a batch - has one end, the others have theirs, and the span ends once', async () => {
    const { otel, queue } = rig;
    const batch = queue.batch(['1', '2', '3'].map((id) => ({ job: { id }, number: 1 })));
    const run = batch.run(() => pass(20));
    queue.abandoned({ id: '2' }, { reason: 'cancelled' });
    await run;
    for (const attempt of batch.attempts) attempt.completed();
    expect(await ends()).toEqual(['cancelled', 'job.completed', 'job.completed']);
    expect(ended(otel, `process ${QUEUE}`).status.message).toBe('1 of 3 jobs failed');
  });
});

describe('a job whose end was told', () => {
  test('by its attempt - has no second one by a late command, event or look', async () => {
    const { queue } = rig;
    queue.attempt({ ...INFO, runnableAt: 1 }).completed();
    queue.abandoned(JOB, { reason: 'removed' });
    queue.completed(JOB, { runnableAt: 1 });
    queue.attempt({ job: { id: '2' }, number: 1 }).failed(new Error('no'), GIVE_UP);
    queue.abandoned({ id: '2' }, { reason: 'max_attempts' });
    queue.completed({ id: '2' });
    expect(await ends()).toEqual(['job.completed', 'max_attempts']);
  });

  test('by a command - has no second one by another command or a look', async () => {
    const { queue } = rig;
    const runnableAt = queue.now() + 60_000;
    queue.abandoned(JOB, { reason: 'cancelled', runnableAt });
    queue.abandoned(JOB, { reason: 'removed', runnableAt });
    expect(await ends()).toEqual(['cancelled']);
  });

  test('counts once in the rate of success and in what a check tells', async () => {
    const { otel, queue } = rig;
    const monitor = queue.monitor({ depth: () => ({ waiting: 0 }) });
    const attempt = queue.attempt(INFO);
    queue.abandoned(JOB, { reason: 'stalled' });
    attempt.completed();
    queue.attempt({ job: { id: '2' }, number: 1 }).completed();
    queue.abandoned({ id: '2' }, { reason: 'expired' });
    await monitor.check();
    expect(otel.logs('queue.health_check')[0]?.attributes).toMatchObject({
      'queue.completed_jobs': 1,
      'queue.failed_jobs': 1,
      'queue.success_rate': 0.5,
    });
  });

  test('while a lost attempt of it goes on - has no second one by that', async () => {
    const { queue } = rig;
    const first = queue.attempt(INFO);
    first.lost();
    queue.attempt({ ...INFO, number: 3 }).completed();
    first.completed();
    first.failed(new Error('late'), GIVE_UP);
    expect(await ends()).toEqual(['job.completed']);
  });

  const AGAIN: readonly [string, (queue: Rig['queue']) => void][] = [
    ['another attempt begins', (queue) => void queue.attempt(INFO)],
    ['it is revived', (queue) => queue.revived(JOB)],
    ['it is seen to live', (queue) => queue.alive(JOB)],
    ['one of its id is added', (queue) => queue.enqueue(JOB).accepted()],
    ['one is added that only acceptance gives that id', (queue) => queue.enqueue({}).accepted({ id: '1' })],
    ['one of its id was seen to come', (queue) => queue.queued(JOB)],
  ];
  test.each(AGAIN)('has a new life when %s', async (_, again) => {
    const { queue } = rig;
    queue.abandoned(JOB, { reason: 'cancelled' });
    await pass(5);
    again(queue);
    queue.abandoned(JOB, { reason: 'removed' });
    expect(await ends()).toEqual(['cancelled', 'removed']);
  });

  test.each([
    ['in the moment of that end', undefined],
    ['before the job that was cancelled could have run', 60_000],
  ])('has a new life when one of its id is added %s', async (_, delay) => {
    const { queue } = rig;
    const runnableAt = delay === undefined ? undefined : queue.now() + delay;
    queue.abandoned(JOB, { reason: 'cancelled', runnableAt, endedAt: queue.now() + 1 });
    queue.enqueue(JOB).accepted();
    queue.abandoned(JOB, { reason: 'removed' });
    expect(await ends()).toEqual(['cancelled', 'removed']);
  });

  test('after an enqueue of its id began, and before its acceptance was told - has no second one', async () => {
    const { queue } = rig;
    const enqueue = queue.enqueue(JOB);
    queue.attempt(INFO).completed();
    enqueue.accepted();
    queue.completed(JOB);
    expect(await ends()).toEqual(['job.completed']);
  });

  test('has a new life where the store says that it could run only after that', async () => {
    const { queue } = rig;
    queue.attempt(INFO).completed();
    await pass(5);
    queue.completed(JOB, { runnableAt: queue.now() });
    expect(await ends()).toEqual(['job.completed', 'job.completed']);
  });

  test('has no new life by an acceptance that is told after it ran', async () => {
    const { queue } = rig;
    const enqueue = queue.enqueue(JOB);
    await pass(5);
    queue.attempt(INFO).completed();
    enqueue.accepted();
    queue.abandoned(JOB, { reason: 'removed' });
    expect(await ends()).toEqual(['job.completed']);
  });

  test('without an id - is not known again', async () => {
    const { queue } = rig;
    queue.completed({});
    queue.completed({});
    expect(await ends()).toEqual(['job.completed', 'job.completed']);
  });

  test('a retry after a command’s failure is an attempt of its own', async () => {
    const { otel, queue } = rig;
    queue.attempt(INFO).failed(new Error('no'), RETRY);
    queue.attempt({ ...INFO, number: 3 }).completed();
    expect(await ends()).toEqual(['job.completed']);
    expect(otel.spans(PROCESS).map((span) => span.attributes['job.attempt.outcome'])).toEqual([
      'failed',
      'completed',
    ]);
  });
});
