import { createSignalbox } from 'signalbox';
import { createJobs } from 'signalbox/jobs';
import type { RecordedJob } from 'signalbox/testing';
import {
  assertAttempts,
  assertEnded,
  fakeClock,
  recordedJob,
  recordedJobs,
  recorder,
} from 'signalbox/testing';
import { afterEach, describe, expect, test } from 'vitest';
import { expectSentence, wrong } from '../support/misuse.js';
import { resetOtel, startOtel } from '../support/otel.js';

afterEach(resetOtel);

/** A job that fails, and completes by its second attempt, as spans and as signals tell it. */
async function retried(
  relation: 'parent' | 'link' = 'parent',
): Promise<Record<'spans' | 'signals', RecordedJob>> {
  const otel = startOtel();
  const seen = recorder();
  const clock = fakeClock();
  try {
    const box = createSignalbox({ destinations: { seen } });
    const mail = createJobs(box).queue('mail', { types: ['welcome'], relation });
    const job = { id: '1', type: 'welcome' };
    const enqueue = mail.enqueue(job);
    enqueue.run(() => undefined);
    enqueue.accepted();
    const { carrier } = enqueue;
    const runnableAt = mail.now();
    await clock.advance(40);
    const first = mail.attempt({ job, number: 1, carrier, runnableAt, worker: 'w-1' });
    await clock.advance(100);
    first.failed(new TypeError('no'), { retry: true, delayMillis: 2_000 });
    await clock.advance(2_003);
    const second = mail.attempt({ job, number: 2, carrier, firstRunnableAt: runnableAt });
    await clock.advance(500);
    second.completed();
    return { spans: recordedJob(otel.spans(), '1'), signals: recordedJob(seen, '1') };
  } finally {
    clock.restore();
  }
}

describe('recordedJob()', () => {
  test.each(['spans', 'signals'] as const)(
    'recordedJob() - tells attempts, waits and the end by %s',
    async (by) => {
      const job = (await retried())[by];
      expect(job).toMatchObject({ id: '1', type: 'welcome', queue: 'mail', enqueued: true });
      assertAttempts(job, 2);
      assertAttempts(job, ['failed', 'completed']);
      assertAttempts(job, [
        { number: 1, outcome: 'failed', errorType: 'TypeError', retryDelayMillis: 2_000, worker: 'w-1' },
        { number: 2, outcome: 'completed', errorType: undefined, durationMillis: 500 },
      ]);
      assertAttempts(job, [
        { waitMillis: 40, durationMillis: 100 },
        { waitMillis: expect.closeTo(3, 1), durationMillis: 500 },
      ]);
      assertEnded(job, 'completed');
      expect(job.end?.turnaroundMillis).toBeCloseTo(2_643, 1);
      expect(
        job.attempts.every(({ traceId, spanId }) => traceId?.length === 32 && spanId?.length === 16),
      ).toBe(true);
    },
  );

  test('recordedJob() - tells by spans how attempts are tied to the enqueue and to each other', async () => {
    assertAttempts((await retried()).spans, [
      { relation: 'parent', previous: undefined },
      { relation: 'parent', previous: 1 },
    ]);
    resetOtel();
    assertAttempts((await retried('link')).spans, [{ relation: 'link' }, { relation: 'link', previous: 1 }]);
  });

  test('recordedJob() - says of an attempt whose enqueue was elsewhere that its tie is not known', () => {
    const otel = startOtel();
    const mail = createJobs(createSignalbox()).queue('mail');
    const carrier = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' };
    mail.attempt({ job: { id: '1' }, number: 1, carrier }).completed();
    mail.attempt({ job: { id: '2' }, number: 1 }).completed();
    assertAttempts(recordedJob(otel.spans(), '1'), [{ relation: undefined }]);
    assertAttempts(recordedJob(otel.spans(), '2'), [{ relation: 'none' }]);
  });

  test.each(['spans', 'signals'] as const)(
    'recordedJob() - tells deferred starts and bad ends by %s',
    (by) => {
      const otel = startOtel();
      const seen = recorder();
      const mail = createJobs(createSignalbox({ destinations: { seen } })).queue('mail');
      mail.attempt({ job: { id: '1' } }).deferred({ reason: 'rate_limited' });
      mail
        .attempt({ job: { id: '1' }, number: 1 })
        .failed(new Error('no'), { retry: false, reason: 'max_attempts' });
      mail.abandoned({ id: '2' }, { reason: 'cancelled' });
      const source = by === 'spans' ? otel.spans() : seen;
      const [first, second] = recordedJobs(source);
      assertAttempts(first as RecordedJob, [
        { outcome: 'deferred', number: undefined },
        { outcome: 'failed', number: 1 },
      ]);
      assertEnded(first as RecordedJob, 'abandoned', 'max_attempts');
      assertAttempts(second as RecordedJob, 0);
      assertEnded(second as RecordedJob, 'abandoned', 'cancelled');
      expect(second).toMatchObject({ enqueued: false });
    },
  );

  test('recordedJob() - gives the end of another attempt to none by signals', () => {
    const seen = recorder();
    const mail = createJobs(createSignalbox({ destinations: { seen } })).queue('mail');
    mail.attempt({ job: { id: '1' }, number: 1 }).lost();
    mail.completed({ id: '1' }, { attempts: 2 });
    assertAttempts(recordedJob(seen, '1'), [{ number: 1, outcome: undefined }]);
    assertEnded(recordedJob(seen, '1'), 'completed');
  });

  test('recordedJob() - gives the end of a numbered attempt to one that runs without a number', () => {
    const seen = recorder();
    const mail = createJobs(createSignalbox({ destinations: { seen } })).queue('mail');
    mail.attempt({ job: { id: '1' }, number: 1 }).lost();
    mail.attempt({ job: { id: '1' } });
    mail.completed({ id: '1' }, { attempts: 2 });
    assertAttempts(recordedJob(seen, '1'), [
      { number: 1, outcome: undefined },
      { number: undefined, outcome: 'completed' },
    ]);
  });

  test('recordedJob() - tells each job of a batch by signals', () => {
    const seen = recorder();
    const mail = createJobs(createSignalbox({ destinations: { seen } })).queue('mail');
    const { attempts } = mail.batch([
      { job: { id: '1' }, number: 1 },
      { job: { id: '2' }, number: 1 },
    ]);
    for (const attempt of attempts) attempt.completed();
    for (const id of ['1', '2']) assertAttempts(recordedJob(seen, id), ['completed']);
  });

  test('recordedJob() - tells an attempt that runs', () => {
    const seen = recorder();
    const mail = createJobs(createSignalbox({ destinations: { seen } })).queue('mail');
    const attempt = mail.attempt({ job: { id: '1' }, number: 1 });
    assertAttempts(recordedJob(seen, '1'), [{ outcome: undefined }]);
    expect(() => assertEnded(recordedJob(seen, '1'), 'completed')).toThrow(
      new Error("Job '1' has no end yet, with 1 attempts:\n  1 runs\nExpected end: completed."),
    );
    attempt.completed();
  });

  test.each(['spans', 'signals'] as const)('recordedJob() - keeps the queues apart by %s', (by) => {
    const otel = startOtel();
    const seen = recorder();
    const jobs = createJobs(createSignalbox({ destinations: { seen } }));
    jobs
      .queue('mail')
      .attempt({ job: { id: '1' }, number: 1 })
      .completed();
    jobs
      .queue('bills')
      .attempt({ job: { id: '1' }, number: 1 })
      .deferred({ reason: 'delay' });
    const source = by === 'spans' ? otel.spans() : seen;
    assertAttempts(recordedJob(source, '1', 'mail'), ['completed']);
    assertAttempts(recordedJob(source, '1', 'bills'), ['deferred']);
    expect(() => recordedJob(source, '1')).toThrow(
      new Error("recordedJob: the queues 'mail', 'bills' have a job '1'. Give the queue, too."),
    );
    expect(() => recordedJob(source, '1', 'post')).toThrow("no job '1' of the queue 'post' was recorded.");
  });

  test('recordedJob() - names the jobs that there are', async () => {
    const { signals } = await retried();
    expect(signals.id).toBe('1');
    const seen = recorder();
    const mail = createJobs(createSignalbox({ destinations: { seen } })).queue('mail');
    mail.attempt({ job: { id: 'order-1' }, number: 1 }).completed();
    expect(() => recordedJob(seen, 'order-2')).toThrow(
      new Error("recordedJob: no job 'order-2' was recorded. Did you mean 'order-1'? Recorded: 'order-1'."),
    );
    expect(() => recordedJob([], '1')).toThrow("no job '1' was recorded. Recorded: none.");
    expectSentence(
      () => recordedJobs(wrong('spans')),
      "recordedJobs: the source is 'spans'. Give a recorder, or a list of finished spans as `exporter.getFinishedSpans()`.",
    );
  });
});

describe('assertAttempts() and assertEnded()', () => {
  test('assertAttempts() - says which attempt differs in what, and tells all', async () => {
    const { spans } = await retried();
    expect(() =>
      assertAttempts(spans, [{ outcome: 'failed', retryDelayMillis: 1_000 }, 'failed', 'completed']),
    ).toThrow(
      new Error(
        "Job '1' is completed, with 2 attempts:\n" +
          `  1 failed, TypeError, waited ${spans.attempts[0]?.waitMillis} ms, ran ${spans.attempts[0]?.durationMillis} ms, retry after 2000 ms\n` +
          `  2 completed, waited ${spans.attempts[1]?.waitMillis} ms, ran ${spans.attempts[1]?.durationMillis} ms\n` +
          '    expected 3 attempts\n' +
          '    attempt 1, retryDelayMillis: expected 1000, was 2000\n' +
          '    attempt 2, outcome: expected "failed", was "completed"\n' +
          '    attempt 3, outcome: expected "completed", there is no such attempt',
      ),
    );
    expect(() => assertAttempts(spans, 3)).toThrow(/\nExpected: 3\.$/);
  });

  test('assertEnded() - asks the asymmetric matchers of the test runner for the reason', () => {
    const seen = recorder();
    const mail = createJobs(createSignalbox({ destinations: { seen } })).queue('mail');
    mail.abandoned({ id: '1' }, { reason: 'max_attempts' });
    const job = recordedJob(seen, '1');
    assertEnded(job, 'abandoned', expect.stringMatching(/^max/));
    expect(() => assertEnded(job, 'abandoned', expect.stringContaining('cancel'))).toThrow(
      'Expected end: abandoned ("StringContaining").',
    );
  });

  test('assertAttempts() - refuses what no attempt could be', async () => {
    const { spans } = await retried();
    expectSentence(
      () => assertAttempts(spans, [wrong('done')]),
      "assertAttempts: the outcome of attempt 1 is 'done'. Use 'completed', 'failed', 'deferred', 'lost'.",
    );
    expectSentence(
      () => assertAttempts(spans, [wrong({ wait: 3 })]),
      "assertAttempts, in attempt 1: there is no option 'wait'. Did you mean 'waitMillis'? There are `number`, `outcome`, `errorType`, `waitMillis`, `durationMillis`, `retryDelayMillis`, `worker`, `relation`, `previous`, `traceId`, `spanId`.",
    );
    expectSentence(
      () => assertAttempts(spans, [wrong(3)]),
      'assertAttempts: attempt 1 is 3. Give an outcome, or some of { number, outcome, waitMillis, … }.',
    );
    expectSentence(
      () => assertAttempts(spans, wrong('2')),
      "assertAttempts: the attempts are '2'. Give how many, or a list as ['failed', 'completed'].",
    );
    expectSentence(
      () => assertAttempts(spans, -1),
      'assertAttempts: the number of attempts is -1. Give a whole number from 0.',
    );
    expectSentence(
      () => assertAttempts(wrong('1'), 1),
      "assertAttempts: the job is '1'. Give what recordedJob(…) found.",
    );
    expectSentence(
      () => assertEnded(spans, wrong('done')),
      "assertEnded: the end is 'done'. Use 'completed' or 'abandoned'.",
    );
  });
});
