import { SpanStatusCode, trace } from '@opentelemetry/api';
import { defineSignal } from 'signalbox';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { pass, useFakeTime, useRealTime } from '../examples/queue/fake-time.js';
import { noUnhandledRejections } from '../promises/rejections.js';
import { nanos, resetOtel } from '../support/otel.js';
import { ended, eventNames, eventsLieWithin, GIVE_UP, QUEUE, RETRY, recorded, startRig } from './rig.js';

beforeEach(useFakeTime);
afterEach(() => {
  useRealTime();
  resetOtel();
});

const job = { id: 'j-1', type: 'welcome' };
const SPAN = 'process welcome';
const STEP = defineSignal('MAIL_STEP');

function millisOf(span: ReturnType<typeof ended>): number {
  return Number(nanos(span.endTime) - nanos(span.startTime)) / 1e6;
}

describe('an attempt that is settled later', () => {
  test('completed() - the span ends when run() ended, not when the engine said so', async () => {
    const { otel, queue } = startRig();
    const attempt = queue.attempt({ job, number: 1 });
    const work = attempt.run(() => new Promise<void>((done) => setTimeout(done, 80)));
    await pass(80);
    await work;
    await pass(500);
    attempt.completed();
    const span = ended(otel, SPAN);
    expect(millisOf(span)).toBeCloseTo(80, 0);
    expect(eventsLieWithin(span)).toBe(true);
    expect(otel.logs('job.completed')[0]?.hrTime).toEqual(span.endTime);
  });

  test("endedAt - wins: the handler's own end, told by another event; no event lies after it", async () => {
    const { otel, queue, box } = startRig();
    const attempt = queue.attempt({ job, number: 1 });
    await pass(30);
    attempt.run(() => box.emit(STEP));
    await pass(20);
    const endedAt = queue.now();
    await pass(400);
    attempt.failed(new Error('no'), RETRY, { endedAt });
    const span = ended(otel, SPAN);
    expect(millisOf(span)).toBeCloseTo(50, 0);
    expect(eventNames(span)).toEqual(['job.started', 'mail.step', 'job.failed', 'job.retrying']);
    expect(eventsLieWithin(span)).toBe(true);
  });

  test('countedAtEnd - the number of a start is on its span when it has counted, and never where it was deferred', () => {
    const { otel, queue } = startRig();
    const info = { job, number: 1, countedAtEnd: true };
    queue.attempt(info).deferred({ reason: 'delayed' });
    queue.attempt(info).completed();
    queue.attempt(info).failed(new Error('no'), RETRY);
    queue.attempt(info).lost();
    const numbers = otel.spans(SPAN).map(({ attributes }) => attributes['job.attempt.number']);
    expect(numbers).toEqual([undefined, 1, 1, 1]);
    expect(otel.logs('job.started').map(({ attributes }) => attributes['job.attempt.number'])).toEqual([
      1, 1, 1, 1,
    ]);
  });

  test('endedAt - a little before the start is the start: a duration is never below zero', async () => {
    const { otel, queue } = startRig();
    const attempt = queue.attempt({ job, number: 1 });
    attempt.completed({ endedAt: queue.now() - 50 });
    expect(millisOf(ended(otel, SPAN))).toBe(0);
    expect((await otel.points('messaging.process.duration'))[0]).toMatchObject({ value: 1, sum: 0 });
  });

  test('endedAt - long before the start, or to come, is of a clock that was set: the end is then by its own', async () => {
    for (const off of [-10_000, 10_000]) {
      const { otel, queue } = startRig();
      const attempt = queue.attempt({ job, number: 1 });
      await pass(40);
      attempt.completed({ endedAt: queue.now() + off });
      expect(millisOf(ended(otel, SPAN))).toBeCloseTo(40, 0);
      resetOtel();
    }
  });

  test('outside of its context - the signals are still on its span', async () => {
    const { otel, queue } = startRig();
    const attempt = queue.attempt({ job, number: 1 });
    await attempt.run(async () => undefined);
    trace.getTracer('app').startActiveSpan('engine event', (span) => {
      attempt.completed();
      span.end();
    });
    expect(eventNames(ended(otel, SPAN))).toEqual(['job.started', 'job.completed']);
    expect(eventNames(ended(otel, 'engine event'))).toEqual([]);
    expect(otel.logs('job.completed')[0]?.spanContext).toEqual(ended(otel, SPAN).spanContext());
  });
});

describe('timedOut()', () => {
  test('timedOut() - the span ends at the limit, though it is told later, and the duration is the limit', async () => {
    const { otel, queue } = startRig();
    const attempt = queue.attempt({ job, number: 1 });
    void attempt.run(() => new Promise<void>(() => {}));
    await pass(73);
    attempt.timedOut(50, RETRY);
    const span = ended(otel, SPAN);
    expect(millisOf(span)).toBe(50);
    expect(recorded(otel, 'job.failed')).toMatchObject({
      'job.duration': 0.05,
      'error.type': 'timeout',
      'exception.message': 'timed out after 50 ms',
    });
    expect(eventsLieWithin(span)).toBe(true);
    expect((await otel.points('messaging.process.duration'))[0]?.sum).toBe(0.05);
  });

  test('overrun() - is told while its handler holds its worker: JOB_OVERRUN, and no event on the span that ended', async () => {
    const { otel, queue } = startRig();
    const attempt = queue.attempt({ job, number: 1, worker: 'w' });
    const work = attempt.run(() => new Promise<void>((done) => setTimeout(done, 200)));
    await pass(60);
    attempt.timedOut(50, RETRY);
    expect(await otel.points('job.active')).toMatchObject([{ value: 0 }]);
    expect((await otel.points('worker.count')).find((p) => p.labels['worker.state'] === 'busy')?.value).toBe(
      1,
    );
    await pass(40);
    attempt.overrun();
    const values = recorded(otel, 'job.overrun');
    expect(values).toMatchObject({ 'job.id': 'j-1', 'job.attempt.number': 1, 'worker.id': 'w' });
    expect(values['job.duration']).toBeCloseTo(0.1, 2);
    expect(otel.logs('job.overrun')[0]?.severityText).toBe('WARN');
    expect(eventNames(ended(otel, SPAN))).toEqual(['job.started', 'job.failed', 'job.retrying']);
    await pass(100);
    await work;
    expect((await otel.points('worker.count')).find((p) => p.labels['worker.state'] === 'busy')?.value).toBe(
      0,
    );
  });
});

describe('an attempt that was lost', () => {
  test('lost, then completed - gives JOB_COMPLETED once, counted once, and nothing more on the span', async () => {
    const { otel, queue } = startRig();
    const attempt = queue.attempt({ job, number: 1, runnableAt: queue.now() });
    await pass(100);
    attempt.lost();
    await pass(100);
    attempt.completed();
    attempt.completed();
    attempt.failed(new Error('no'), GIVE_UP);
    const span = ended(otel, SPAN);
    expect(span.status).toEqual({ code: SpanStatusCode.ERROR, message: 'the engine took the job away' });
    expect(span.attributes['job.attempt.outcome']).toBe('lost');
    expect(millisOf(span)).toBeCloseTo(100, 0);
    expect(eventNames(span)).toEqual(['job.started']);
    const completed = recorded(otel, 'job.completed');
    expect(completed).not.toHaveProperty('job.duration');
    expect(completed['job.turnaround.duration']).toBeCloseTo(0.2, 2);
    expect(await otel.points('job.ended')).toMatchObject([
      { value: 1, labels: { 'job.outcome': 'completed' } },
    ]);
    expect(await otel.points('messaging.process.duration')).toEqual([]);
    expect(otel.logs('job.failed')).toEqual([]);
  });

  test('lost, then failed - gives JOB_FAILED and JOB_RETRYING, not measured', async () => {
    const { otel, queue } = startRig();
    const attempt = queue.attempt({ job, number: 1 });
    attempt.lost();
    attempt.failed(new Error('no'), RETRY);
    expect(otel.logs().map((r) => r.eventName)).toEqual(['job.started', 'job.failed', 'job.retrying']);
    expect(await otel.points('messaging.process.duration')).toEqual([]);
    expect(await otel.points('job.retries')).toMatchObject([{ value: 1 }]);
  });

  test('lost for good - is the end: a late completion changes nothing', async () => {
    const { otel, queue } = startRig();
    const attempt = queue.attempt({ job, number: 2 });
    attempt.lost({ abandoned: 'stalled' });
    attempt.completed();
    expect(recorded(otel, 'job.abandoned')).toMatchObject({
      'job.abandon.reason': 'stalled',
      'job.attempts': 2,
    });
    expect(otel.logs('job.completed')).toEqual([]);
    expect(await otel.points('job.ended')).toMatchObject([
      { value: 1, labels: { 'job.abandon.reason': 'stalled' } },
    ]);
  });
});

describe('what runs', () => {
  noUnhandledRejections();

  test('run() - gives back and throws what the handler does, and does not settle by itself', async () => {
    const { otel, queue } = startRig();
    const attempt = queue.attempt({ job, number: 1 });
    const value = { any: 'thing' };
    const error = new Error('no');
    expect(attempt.run(() => value)).toBe(value);
    const promise = Promise.resolve(value);
    expect(attempt.run(() => promise)).toBe(promise);
    await expect(attempt.run(() => Promise.reject(error))).rejects.toBe(error);
    expect(() =>
      attempt.run(() => {
        throw error;
      }),
    ).toThrow(error);
    expect(attempt.settled).toBe(false);
    expect(otel.spans()).toEqual([]);
  });

  test('signals of the handler - are on the span of the attempt, after awaits too', async () => {
    const { otel, queue, box } = startRig();
    const attempt = queue.attempt({ job, number: 1 });
    const work = attempt.run(async () => {
      box.emit(STEP);
      await new Promise<void>((done) => setTimeout(done, 10));
      box.emit(STEP);
    });
    await pass(10);
    await work;
    attempt.completed();
    const span = ended(otel, SPAN);
    expect(eventNames(span)).toEqual(['job.started', 'mail.step', 'mail.step', 'job.completed']);
    expect(eventsLieWithin(span)).toBe(true);
  });

  test('job.active - counts what runs here, and job.oldest_active.age is the age of the longest', async () => {
    const { otel, queue } = startRig();
    const labels = { 'messaging.system.name': 'signalbox', 'messaging.destination.name': QUEUE };
    const first = queue.attempt({ job, number: 1 });
    await pass(1000);
    const second = queue.attempt({ job: { id: 'j-2', type: 'welcome' }, number: 1 });
    const other = queue.attempt({ job: { id: 'j-3', type: 'unknown' }, number: 1 });
    await pass(500);
    expect(await otel.points('job.active')).toEqual([
      { labels: { ...labels, 'job.type': 'welcome' }, value: 2 },
      { labels: { ...labels, 'job.type': '_OTHER' }, value: 1 },
    ]);
    const ages = async (): Promise<number[]> =>
      (await otel.points('job.oldest_active.age')).map((p) => p.value);
    expect((await ages())[0]).toBeCloseTo(1.5, 2);
    expect((await ages())[1]).toBeCloseTo(0.5, 2);
    first.completed();
    expect((await ages())[0]).toBeCloseTo(0.5, 2);
    second.failed(new Error('no'), GIVE_UP);
    other.deferred({ reason: 'later' });
    expect((await otel.points('job.active')).map((p) => p.value)).toEqual([0, 0]);
    expect(await ages()).toEqual([0, 0]);
  });
});
