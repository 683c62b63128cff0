import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { pass, useFakeTime, useRealTime } from '../examples/queue/fake-time.js';
import { nanos, resetOtel } from '../support/otel.js';
import { ended, eventsLieWithin, RETRY, recorded, startRig } from './rig.js';

beforeEach(useFakeTime);
afterEach(() => {
  useRealTime();
  resetOtel();
});

const HOUR = 3_600_000;
const job = { id: 'j-1', type: 'welcome' };
const SPAN = 'process welcome';

/** The wall clock alone. */
function setClock(by: number): void {
  vi.setSystemTime(Date.now() + by);
}

describe.each([HOUR, -HOUR])('the wall clock is set by %d ms', (by) => {
  test('between the start that an engine tells and its telling - waits and durations are as they were', async () => {
    const { otel, queue } = startRig();
    const startedAt = queue.now();
    setClock(by);
    queue.now();
    const attempt = queue.attempt({
      job,
      number: 1,
      startedAt,
      runnableAt: startedAt - 1500,
      firstRunnableAt: startedAt - 2500,
    });
    await pass(100);
    attempt.completed();
    const span = ended(otel, SPAN);
    expect(Number(nanos(span.endTime) - nanos(span.startTime)) / 1e6).toBeCloseTo(100, 0);
    expect(span.attributes['job.wait.duration']).toBe(1.5);
    expect(Number(span.attributes['job.turnaround.duration'])).toBeCloseTo(2.6, 2);
    expect(eventsLieWithin(span)).toBe(true);
  });

  test('while a job waits - a moment that was noted before tells no wait, and no turnaround', async () => {
    const { otel, queue } = startRig();
    const runnableAt = queue.now();
    await pass(50);
    setClock(by);
    await pass(50);
    queue.attempt({ job, number: 1, runnableAt }).completed();
    expect(ended(otel, SPAN).attributes).not.toHaveProperty('job.wait.duration');
    expect(ended(otel, SPAN).attributes).not.toHaveProperty('job.turnaround.duration');
    expect(recorded(otel, 'job.completed')).not.toHaveProperty('job.turnaround.duration');
  });

  test('while a retry waits - what is remembered of the attempt before tells no wait', async () => {
    const { otel, queue } = startRig({ waitSpans: true });
    const { carrier } = queue.enqueue(job);
    queue.attempt({ job, carrier, number: 1 }).failed(new Error('no'), RETRY);
    setClock(by);
    await pass(2500);
    queue.attempt({ job, carrier, number: 2, startedAt: queue.now() }).completed();
    expect(otel.spans(SPAN)[1]?.attributes).not.toHaveProperty('job.wait.duration');
    expect(otel.spans().filter(({ name }) => /^(wait|backoff)/.test(name))).toEqual([]);
  });

  test('while an enqueue or an attempt runs - an end by the clock as it was set is none of theirs', async () => {
    const { otel, queue } = startRig();
    const enqueue = queue.enqueue(job);
    const attempt = queue.attempt({ job, number: 1 });
    await pass(100);
    setClock(by);
    queue.now();
    enqueue.accepted({ endedAt: queue.now() });
    attempt.completed({ endedAt: queue.now() });
    for (const name of ['enqueue welcome', SPAN]) {
      const span = ended(otel, name);
      expect(Number(nanos(span.endTime) - nanos(span.startTime)) / 1e6).toBeLessThan(110);
      expect(Number(nanos(span.endTime) - nanos(span.startTime)) / 1e6).toBeGreaterThan(90);
      expect(eventsLieWithin(span)).toBe(true);
    }
  });

  test('before an end is heard of - a moment that was noted before tells no turnaround, and two of one reading do', () => {
    const { otel, queue } = startRig();
    const runnableAt = queue.now();
    setClock(by);
    queue.now();
    queue.abandoned(job, { reason: 'cancelled', runnableAt });
    const endedAt = queue.now();
    queue.abandoned(
      { id: 'j-2', type: 'welcome' },
      { reason: 'cancelled', runnableAt: endedAt - 700, endedAt },
    );
    expect(otel.logs('job.abandoned').map(({ attributes }) => attributes['job.turnaround.duration'])).toEqual(
      [undefined, 0.7],
    );
  });

  test('while an attempt runs whose end is heard of - the end lies within its span', async () => {
    const { otel, queue } = startRig();
    const attempt = queue.attempt({ job, number: 1, runnableAt: queue.now() });
    await pass(50);
    setClock(by);
    queue.now();
    queue.abandoned(job, { reason: 'cancelled' });
    await attempt.run(async () => undefined);
    attempt.completed();
    const span = ended(otel, SPAN);
    expect(eventsLieWithin(span)).toBe(true);
    expect(Number(span.attributes['job.turnaround.duration'])).toBeCloseTo(0.05, 2);
  });

  test('after it was set - an attempt that is told late keeps its length', async () => {
    const { otel, queue } = startRig();
    queue.now();
    setClock(by);
    queue.now();
    await pass(500);
    const startedAt = queue.now();
    await pass(200);
    queue.attempt({ job, number: 1, startedAt }).completed();
    const span = ended(otel, SPAN);
    expect(Number(nanos(span.endTime) - nanos(span.startTime)) / 1e6).toBeCloseTo(200, 0);
  });

  test('within an attempt - the delay of a job that it enqueues is what was asked for', () => {
    const { otel, queue } = startRig();
    const attempt = queue.attempt({ job: { id: 'outer', type: 'welcome' }, number: 1 });
    setClock(by);
    attempt.run(() => queue.enqueue(job).accepted({ runnableAt: queue.now() + 60_000 }));
    expect(Number(recorded(otel, 'job.queued')['job.delay'])).toBeCloseTo(60, 1);
  });
});
