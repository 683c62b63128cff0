import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { defineSignal, field } from 'signalbox';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { pass, useFakeTime, useRealTime } from '../examples/queue/fake-time.js';
import { resetOtel } from '../support/otel.js';
import { ended, QUEUE, RETRY, recorded, startRig } from './rig.js';

beforeEach(useFakeTime);
afterEach(() => {
  useRealTime();
  resetOtel();
});

const job = { id: 'j-1', type: 'welcome', priority: 3, maxAttempts: 5 };
const PAID = defineSignal('ORDER_PAID', {
  message: 'Order paid',
  fields: { job_id: field.id({ attribute: 'job.id' }) },
});
const boom = Object.assign(new Error('mail server is away'), { code: 'EAWAY' });

function eventsOf(span: ReadableSpan): Record<string, unknown> {
  return Object.fromEntries(span.events.map(({ name, attributes }) => [name, attributes]));
}

describe('the events of a span', () => {
  test('an attempt - its events say what its span does not, and its records say all', async () => {
    const { otel, queue } = startRig({ namespace: 'tenant-1' });
    const attempt = queue.attempt({ job, number: 2, worker: 'w', runnableAt: queue.now() - 1500 });
    await pass(100);
    attempt.failed(boom, RETRY);
    const span = ended(otel, 'process welcome');
    expect(eventsOf(span)).toEqual({
      'job.started': {},
      'job.failed': {
        'exception.type': 'EAWAY',
        'exception.message': 'mail server is away',
        'exception.stacktrace': expect.stringContaining('mail server is away'),
        'job.will_retry': true,
      },
      'job.retrying': { 'job.retry.delay': 2, 'job.next_attempt.number': 3 },
    });
    // All that an event leaves out stands on its span, with the value that the record has.
    for (const { name, attributes } of span.events) {
      const record = recorded(otel, name);
      for (const [key, value] of Object.entries(record)) {
        if (attributes && key in attributes) expect(attributes[key]).toEqual(value);
        else if (key === 'job.duration') expect(value).toBeCloseTo(0.1, 2);
        else expect(span.attributes[key], `${name}: ${key}`).toEqual(value);
      }
    }
  });

  test('the last attempt - its end needs no further word', () => {
    const { otel, queue } = startRig();
    queue.attempt({ job, number: 1, runnableAt: queue.now() }).completed();
    expect(eventsOf(ended(otel, 'process welcome'))).toEqual({ 'job.started': {}, 'job.completed': {} });
    expect(Object.keys(recorded(otel, 'job.completed'))).toContain('job.turnaround.duration');
  });

  test('an enqueue - its event says how many there are now, and the delay', () => {
    const { otel, queue } = startRig();
    queue.enqueue(job).accepted({ queueSize: 7, runnableAt: queue.now() + 90_000 });
    expect(eventsOf(ended(otel, 'enqueue welcome'))).toEqual({
      'job.queued': { 'queue.size': 7, 'job.delay': recorded(otel, 'job.queued')['job.delay'] },
    });
    expect(recorded(otel, 'job.queued')).toMatchObject({ 'job.id': 'j-1', 'job.priority': 3 });
  });

  test('a span of several jobs - has their events whole, for it names none of them', () => {
    const { otel, queue } = startRig();
    const lead = queue.enqueue({ id: 'a', type: 'welcome' }, { batch: 2 });
    lead.run(() => queue.enqueue({ id: 'b', type: 'welcome' }, { span: 'none' }).accepted());
    lead.accepted();
    const many = ended(otel, `enqueue ${QUEUE}`);
    expect(many.events.map(({ attributes }) => attributes?.['job.id'])).toEqual(['b', 'a']);
    const batch = queue.batch([{ job: { id: 'a', type: 'welcome' } }, { job: { id: 'b', type: 'welcome' } }]);
    for (const attempt of batch.attempts) attempt.completed();
    const shared = ended(otel, `process ${QUEUE}`);
    expect(new Set(shared.events.map(({ attributes }) => attributes?.['job.id']))).toEqual(
      new Set(['a', 'b']),
    );
  });

  test("a signal of the app's own - is a whole event, whatever its span says", () => {
    const { otel, queue, box } = startRig();
    const attempt = queue.attempt({ job, number: 1 });
    attempt.run(() => box.emit(PAID, { job_id: 'j-1' }));
    attempt.completed();
    const paid = ended(otel, 'process welcome').events.find(({ name }) => name === 'order.paid');
    expect(paid?.attributes).toEqual({ 'job.id': 'j-1' });
  });

  test('durations - are told to the microsecond, on spans and records alike', async () => {
    const { otel, queue } = startRig();
    const runnableAt = queue.now() - 1000 / 3;
    queue.attempt({ job, number: 1, runnableAt }).failed(boom, { retry: true, delayMillis: 2000 / 3 });
    const { attributes } = ended(otel, 'process welcome');
    for (const key of ['job.wait.duration', 'job.retry.delay']) {
      const seconds = Number(attributes[key]);
      expect(seconds).toBe(Math.round(seconds * 1e6) / 1e6);
    }
    expect(attributes['job.retry.delay']).toBe(0.666667);
    expect(recorded(otel, 'job.retrying')['job.retry.delay']).toBe(0.666667);
    expect(recorded(otel, 'job.started')['job.wait.duration']).toBe(attributes['job.wait.duration']);
  });
});
