import { trace } from '@opentelemetry/api';
import { defineSignal } from 'signalbox';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { pass, useFakeTime, useRealTime } from '../examples/queue/fake-time.js';
import { nanos, resetOtel } from '../support/otel.js';
import { ended, eventNames, GIVE_UP, startRig } from './rig.js';

beforeEach(useFakeTime);
afterEach(() => {
  useRealTime();
  resetOtel();
});

const job = { id: 'j-1', type: 'welcome' };
const SPAN = 'process welcome';
const STEP = defineSignal('MAIL_STEP');

const activeSpan = (): string | undefined => trace.getActiveSpan()?.spanContext().spanId;

describe('within() of an attempt', () => {
  test('within() - runs its function in the context of the attempt, as often as it is called', () => {
    const { otel, queue, box } = startRig();
    const attempt = queue.attempt({ job, number: 1 });
    const seen = [attempt.within(activeSpan), attempt.within(activeSpan)];
    attempt.within(() => box.emit(STEP));
    attempt.completed();
    const span = ended(otel, SPAN);
    expect(seen).toEqual([span.spanContext().spanId, span.spanContext().spanId]);
    expect(eventNames(span)).toEqual(['job.started', 'mail.step', 'job.completed']);
  });

  test('within() - the attempt ends when it is settled, and counts as running until then', async () => {
    const { otel, queue } = startRig();
    const attempt = queue.attempt({ job, number: 1, worker: 'desk' });
    attempt.within(() => undefined);
    await pass(300);
    expect((await otel.points('job.active'))[0]?.value).toBe(1);
    attempt.completed();
    const span = ended(otel, SPAN);
    expect(Number(nanos(span.endTime) - nanos(span.startTime)) / 1e6).toBeCloseTo(300, 0);
    expect((await otel.points('job.active'))[0]?.value).toBe(0);
  });

  test('within() - throws what its function throws, and settles nothing by it', () => {
    const { otel, queue } = startRig();
    const attempt = queue.attempt({ job, number: 1 });
    expect(() =>
      attempt.within(() => {
        throw new TypeError('no');
      }),
    ).toThrow(TypeError);
    expect(otel.logs('job.failed')).toEqual([]);
    expect(attempt.settled).toBe(false);
    attempt.completed();
  });
});

describe('lost()', () => {
  test('lost() twice - what the engine settles after all is still told', () => {
    const { otel, queue } = startRig();
    const attempt = queue.attempt({ job, number: 1 });
    attempt.lost();
    attempt.lost();
    attempt.failed(new Error('no'), GIVE_UP);
    expect(otel.logs('job.abandoned')).toHaveLength(1);
    expect(ended(otel, SPAN).attributes['job.attempt.outcome']).toBe('lost');
  });

  test('lost() of an attempt whose job has ended by another word - its span ends', () => {
    const { otel, queue } = startRig();
    const attempt = queue.attempt({ job, number: 1 });
    queue.abandoned(job, { reason: 'removed' });
    expect(otel.spans(SPAN)).toEqual([]);
    attempt.lost();
    expect(ended(otel, SPAN).attributes).toMatchObject({
      'job.attempt.outcome': 'lost',
      'job.abandon.reason': 'removed',
    });
  });
});
