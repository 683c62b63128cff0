import { SpanStatusCode } from '@opentelemetry/api';
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base';
import { describe, expect, test } from 'vitest';
import { createPaint } from '../../examples/job-queue/paint.js';
import { watchSpans } from '../../examples/job-queue/seen-span.js';
import { SpanRecorder } from '../../examples/job-queue/span-recorder.js';
import { waterfall, waterfallTitle } from '../../examples/job-queue/waterfall.js';

const START = 1_700_000_000_000;
const paint = createPaint({ isTTY: false } as NodeJS.WriteStream, {});

function createRecorder() {
  const recorder = new SpanRecorder();
  const tracer = new BasicTracerProvider({ spanProcessors: [watchSpans(recorder.add)] }).getTracer('test');

  function record(
    job: string,
    operation: 'enqueue' | 'process',
    from: number,
    to: number,
    attempt?: number,
  ): void {
    const attributes = { 'job.id': job, 'job.type': 'email', 'messaging.operation.name': operation };
    const span = tracer.startSpan(operation === 'enqueue' ? 'enqueue email' : 'process email', {
      startTime: START + from,
      attributes:
        attempt === undefined
          ? attributes
          : { ...attributes, 'job.attempt.number': attempt, 'job.max_attempts': 3 },
    });
    if (operation === 'process') {
      span.addEvent('job.started', {}, START + from);
      span.addEvent('job.failed', { 'job.will_retry': true }, START + to);
      span.setAttributes({
        'worker.id': `worker-${attempt}`,
        'error.type': 'smtp_error',
        'job.attempt.outcome': 'failed',
      });
      span.setStatus({ code: SpanStatusCode.ERROR });
    }
    span.end(START + to);
  }
  return { recorder, record };
}

describe('waterfall', () => {
  test('waterfall() - puts spans, waits and events on one scale', () => {
    const { recorder, record } = createRecorder();
    record('job_7_1', 'enqueue', 0, 0.5);
    record('job_7_1', 'process', 0, 500, 1);
    record('job_7_1', 'process', 1500, 2000, 2);
    const lines = waterfall(recorder.retried() ?? [], paint);
    expect(lines).toEqual([
      '                                         0 ───────────────────────────── 2.00 s',
      '  enqueue email                        0 ▏                                      0.5 ms',
      '  process email · 1/3                  0 ██████████                             500 ms  failed',
      '  ├ job.started                        0 ·                                      worker-1',
      '  └ job.failed                    500 ms          ·                             smtp_error',
      '  process email · 2/3             1.50 s           ┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈██████████ 500 ms  failed',
      '  ├ job.started                   1.50 s                             ·          worker-2',
      '  └ job.failed                    2.00 s                                      · smtp_error',
    ]);
  });

  test('waterfallTitle() - says which job it is', () => {
    const { recorder, record } = createRecorder();
    record('job_7_1', 'process', 0, 1, 1);
    record('job_7_1', 'process', 2, 3, 2);
    expect(waterfallTitle(recorder.retried() ?? [])).toBe('job_7_1 (email), 2 attempts, 2 traces, linked');
  });
});

describe('SpanRecorder', () => {
  test('SpanRecorder - gives the job that took the most attempts', () => {
    const { recorder, record } = createRecorder();
    for (const attempt of [1, 2]) record('job_7_1', 'process', attempt, attempt, attempt);
    for (const attempt of [1, 2, 3]) record('job_7_2', 'process', attempt, attempt, attempt);
    for (const attempt of [1, 2, 3]) record('job_7_3', 'process', attempt, attempt, attempt);
    expect(recorder.retried()?.map(({ attributes }) => attributes['job.id'])).toEqual([
      'job_7_2',
      'job_7_2',
      'job_7_2',
    ]);
  });

  test('SpanRecorder - gives none where no job was tried twice', () => {
    const { recorder, record } = createRecorder();
    record('job_7_1', 'process', 0, 1, 1);
    expect(recorder.retried()).toBeUndefined();
  });

  test('SpanRecorder - gives the last attempt of a job that was abandoned, not the end of one that was taken back', () => {
    const recorder = new SpanRecorder();
    const tracer = new BasicTracerProvider({ spanProcessors: [watchSpans(recorder.add)] }).getTracer('test');
    for (const operation of ['process', 'settle']) {
      const attributes = { 'job.id': operation, 'messaging.operation.name': operation };
      tracer.startSpan(operation, { attributes }).setAttribute('job.abandon.reason', 'any').end();
    }
    expect(recorder.abandoned()?.name).toBe('process');
  });

  test('SpanRecorder - keeps the job to show however many come after it', () => {
    const { recorder, record } = createRecorder();
    record('job_7_1', 'process', 0, 1, 1);
    record('job_7_1', 'process', 2, 3, 2);
    for (let n = 2; n < 5000; n++) record(`job_7_${n}`, 'process', 0, 1, 1);
    record('job_7_1', 'process', 4, 5, 3);
    record('job_7_2', 'process', 4, 5, 2);
    expect(recorder.retried()).toHaveLength(3);
  });
});
