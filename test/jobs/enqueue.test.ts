import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { SamplingDecision } from '@opentelemetry/sdk-trace-base';
import { createSignalbox } from 'signalbox';
import { createJobs } from 'signalbox/jobs';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { pass, useFakeTime, useRealTime } from '../examples/queue/fake-time.js';
import { nanos, resetOtel, startOtel } from '../support/otel.js';
import { ended, eventNames, eventsAreRecorded, eventsLieWithin, QUEUE, recorded, startRig } from './rig.js';

beforeEach(useFakeTime);
afterEach(() => {
  useRealTime();
  resetOtel();
});

const job = { id: 'j-1', type: 'welcome', priority: 3, maxAttempts: 5 };
const SPAN = 'enqueue welcome';
const LABELS = {
  'messaging.system.name': 'signalbox',
  'messaging.destination.name': QUEUE,
  'job.type': 'welcome',
};

describe('an enqueue', () => {
  test('enqueue() - makes a PRODUCER span below the active one, with what is known of the job', () => {
    const { otel, queue } = startRig();
    trace.getTracer('app').startActiveSpan('request', (span) => {
      queue.enqueue(job).accepted();
      span.end();
    });
    const span = ended(otel, SPAN);
    expect(span.kind).toBe(SpanKind.PRODUCER);
    expect(span.parentSpanContext?.spanId).toBe(ended(otel, 'request').spanContext().spanId);
    expect(span.links).toEqual([]);
    expect(span.status.code).toBe(SpanStatusCode.UNSET);
    expect(span.attributes).toEqual({
      'messaging.system.name': 'signalbox',
      'messaging.destination.name': QUEUE,
      'messaging.operation.name': 'enqueue',
      'messaging.operation.type': 'send',
      'messaging.message.id': 'j-1',
      'job.id': 'j-1',
      'job.type': 'welcome',
      'job.priority': 3,
      'job.max_attempts': 5,
    });
  });

  test('enqueue() - knows its attributes at start, so that samplers see them', () => {
    const seen: object[] = [];
    resetOtel();
    startOtel({
      sampler: {
        shouldSample: (_context, _traceId, _name, _kind, attributes) => {
          seen.push(attributes);
          return { decision: SamplingDecision.NOT_RECORD };
        },
      },
    });
    const queue = createJobs(createSignalbox()).queue(QUEUE);
    queue.enqueue(job).accepted();
    expect(seen).toEqual([expect.objectContaining({ 'job.id': 'j-1', 'job.priority': 3 })]);
  });

  test('enqueue() - its carrier names its span', () => {
    const { otel, queue } = startRig();
    const enqueue = queue.enqueue(job);
    const { carrier } = enqueue;
    enqueue.accepted();
    const { traceId, spanId } = ended(otel, SPAN).spanContext();
    expect(carrier).toEqual({ traceparent: `00-${traceId}-${spanId}-01` });
    expect(Object.isFrozen(carrier)).toBe(true);
    expect(JSON.parse(JSON.stringify(carrier))).toEqual(carrier);
  });

  test('run() - runs its function once with the span active, and gives back what that gives or throws', async () => {
    const { otel, queue } = startRig();
    const enqueue = queue.enqueue(job);
    let ran = 0;
    const active = enqueue.run(() => {
      ran++;
      return trace.getActiveSpan()?.spanContext().spanId;
    });
    await expect(enqueue.run(async () => trace.getActiveSpan()?.spanContext().spanId)).resolves.toBe(active);
    const error = new Error('no');
    expect(() =>
      enqueue.run(() => {
        throw error;
      }),
    ).toThrow(error);
    enqueue.accepted();
    expect(ran).toBe(1);
    expect(active).toBe(ended(otel, SPAN).spanContext().spanId);
  });
});

describe('the start of an enqueue', () => {
  test('the start - is not after that of a span that the SDK starts within it, nor before that of its parent', async () => {
    useRealTime();
    const { otel, queue } = startRig();
    const app = trace.getTracer('app');
    for (let n = 0; n < 200; n++) {
      app.startActiveSpan('request', (request) => {
        const enqueue = queue.enqueue(job);
        enqueue.run(() => app.startSpan('EVALSHA').end());
        enqueue.accepted();
        request.end();
      });
      // Through all of a millisecond.
      const until = performance.now() + 0.137;
      while (performance.now() < until);
    }
    const starts = (name: string): bigint[] => otel.spans(name).map((span) => nanos(span.startTime));
    const [requests, enqueues, commands] = [starts('request'), starts(SPAN), starts('EVALSHA')];
    expect(enqueues).toHaveLength(200);
    enqueues.forEach((start, n) => {
      expect(start).toBeLessThanOrEqual(commands[n] as bigint);
      expect(start).toBeGreaterThanOrEqual(requests[n] as bigint);
    });
    for (const span of otel.spans(SPAN)) expect(eventsLieWithin(span)).toBe(true);
  });
});

describe('batch', () => {
  test('batch - the span stands for all jobs that are put in at once, and names none; each record names its job', () => {
    const { otel, queue } = startRig();
    const lead = queue.enqueue({}, { batch: 2 });
    const other = lead.run(() => queue.enqueue({}, { span: 'none' }));
    other.accepted({ id: 'j-2' });
    lead.accepted({ id: 'j-1' });
    const span = ended(otel, `enqueue ${QUEUE}`);
    expect(span.attributes).toMatchObject({ 'messaging.batch.message_count': 2 });
    expect(Object.keys(span.attributes)).not.toContain('job.id');
    expect(Object.keys(span.attributes)).not.toContain('messaging.message.id');
    expect(eventNames(span)).toEqual(['job.queued', 'job.queued']);
    expect(otel.logs('job.queued').map(({ attributes }) => attributes['job.id'])).toEqual(['j-2', 'j-1']);
  });
});

describe('accepted()', () => {
  test('accepted() - gives JOB_QUEUED as record and event, and counts the job', async () => {
    const { otel, queue } = startRig();
    queue.enqueue(job).accepted({ queueSize: 7 });
    const span = ended(otel, SPAN);
    expect(recorded(otel, 'job.queued')).toEqual({
      'job.id': 'j-1',
      'job.type': 'welcome',
      'job.priority': 3,
      'queue.size': 7,
      'messaging.destination.name': QUEUE,
    });
    expect(otel.logs('job.queued')[0]).toMatchObject({
      severityText: 'INFO',
      body: 'Job queued for processing',
    });
    expect(eventNames(span)).toEqual(['job.queued']);
    expect(eventsLieWithin(span) && eventsAreRecorded(otel, span)).toBe(true);
    expect(await otel.points('job.enqueued')).toEqual([{ labels: LABELS, value: 1 }]);
  });

  test('accepted() - the span ends with run(), or at a time that is given, or now', async () => {
    const { otel, queue } = startRig();
    const millis = (n: number): number => {
      const span = otel.spans(SPAN)[n];
      return span ? Number(nanos(span.endTime) - nanos(span.startTime)) / 1e6 : Number.NaN;
    };
    const ran = queue.enqueue(job);
    const storing = ran.run(() => new Promise<void>((done) => setTimeout(done, 40)));
    await pass(40);
    await storing;
    await pass(100);
    ran.accepted();
    const given = queue.enqueue(job);
    const endedAt = queue.now() + 15;
    await pass(100);
    given.accepted({ endedAt });
    const now = queue.enqueue(job);
    await pass(30);
    now.accepted();
    expect(millis(0)).toBeCloseTo(40, 0);
    expect(millis(1)).toBeCloseTo(15, 0);
    expect(millis(2)).toBeCloseTo(30, 0);
    for (const span of otel.spans(SPAN)) expect(eventsLieWithin(span)).toBe(true);
  });

  test('accepted() - takes the id that the engine gave, on the span and in the record', () => {
    const { otel, queue } = startRig();
    queue.enqueue({ type: 'welcome' }).accepted({ id: 'late-1' });
    expect(ended(otel, SPAN).attributes).toMatchObject({
      'job.id': 'late-1',
      'messaging.message.id': 'late-1',
    });
    expect(recorded(otel, 'job.queued')['job.id']).toBe('late-1');
  });

  test('accepted() - tells the delay of a job that is to run later, and none of one that could run now', () => {
    const { otel, queue } = startRig();
    queue.enqueue(job).accepted({ runnableAt: queue.now() + 90_000 });
    expect(recorded(otel, 'job.queued')['job.delay']).toBeCloseTo(90, 1);
    queue.enqueue(job).accepted({ runnableAt: queue.now() - 5 });
    queue.enqueue(job).accepted();
    for (const record of otel.logs('job.queued').slice(1))
      expect(record.attributes).not.toHaveProperty('job.delay');
  });
});

describe('rejected()', () => {
  test.each(['queue_full', 'closed', 'unknown_type', 'invalid'] as const)(
    'rejected() - for %s gives JOB_REJECTED and an ERROR span, and counts no job',
    async (reason) => {
      const { otel, queue } = startRig({ capacity: 10 });
      queue.enqueue(job).rejected(reason, { queueSize: 10 });
      const span = ended(otel, SPAN);
      expect(span.status).toEqual({ code: SpanStatusCode.ERROR, message: reason });
      expect(span.attributes['error.type']).toBe(reason);
      expect(eventNames(span)).toEqual(['job.rejected']);
      expect(recorded(otel, 'job.rejected')).toEqual({
        'job.id': 'j-1',
        'job.type': 'welcome',
        'job.reject.reason': reason,
        'queue.size': 10,
        'queue.capacity': 10,
        'messaging.destination.name': QUEUE,
      });
      expect(otel.logs('job.rejected')[0]?.severityText).toBe('WARN');
      expect(await otel.points('job.rejected')).toEqual([
        { labels: { ...LABELS, 'job.reject.reason': reason }, value: 1 },
      ]);
      expect(await otel.points('job.enqueued')).toEqual([]);
    },
  );

  test('rejected() - by an error of the engine tells it, redacted, and its type', () => {
    const { otel, queue } = startRig({}, { redactText: (text) => text.replaceAll('secret', '***') });
    const error = Object.assign(new Error('secret store is down'), { code: 'ECONNREFUSED' });
    queue.enqueue(job).rejected('error', { error });
    const span = ended(otel, SPAN);
    expect(span.status).toEqual({ code: SpanStatusCode.ERROR, message: '*** store is down' });
    expect(span.attributes['error.type']).toBe('ECONNREFUSED');
    const record = recorded(otel, 'job.rejected');
    expect(record).toMatchObject({
      'job.reject.reason': 'error',
      'error.type': 'ECONNREFUSED',
      'exception.type': 'ECONNREFUSED',
      'exception.message': '*** store is down',
      'exception.stacktrace': expect.stringMatching(/^Error: \*\*\* store is down\n +at /),
    });
    expect(JSON.stringify(record)).not.toContain('secret');
  });

  test('rejected() - tells no error of other reasons, which say what was wrong, nor where there is none', () => {
    const { otel, queue } = startRig();
    queue.enqueue(job).rejected('invalid', { error: new Error('bad payload') });
    queue.enqueue(job).rejected('error');
    for (const { attributes } of otel.logs('job.rejected'))
      expect(Object.keys(attributes).filter((key) => /^(error|exception)\./.test(key))).toEqual([]);
  });

  test('rejected() - takes another capacity for one job', () => {
    const { otel, queue } = startRig({ capacity: 10 });
    queue.enqueue(job).rejected('queue_full', { capacity: 4 });
    expect(recorded(otel, 'job.rejected')['queue.capacity']).toBe(4);
  });
});

describe('duplicate()', () => {
  test('duplicate() - gives JOB_DUPLICATE, no error and no count', async () => {
    const { otel, queue } = startRig();
    queue.enqueue(job).duplicate();
    const span = ended(otel, SPAN);
    expect(span.status.code).toBe(SpanStatusCode.UNSET);
    expect(eventNames(span)).toEqual(['job.duplicate']);
    expect(otel.logs('job.duplicate')[0]?.severityText).toBe('DEBUG');
    expect(recorded(otel, 'job.duplicate')).toEqual({
      'job.id': 'j-1',
      'job.type': 'welcome',
      'messaging.destination.name': QUEUE,
    });
    expect(await otel.points('job.enqueued')).toEqual([]);
  });
});

describe('outcomes', () => {
  test('an enqueue - has one outcome: later ones change nothing', async () => {
    const { otel, queue } = startRig();
    const enqueue = queue.enqueue(job);
    enqueue.duplicate();
    enqueue.accepted();
    enqueue.rejected('closed');
    enqueue.duplicate();
    expect(otel.logs().map((record) => record.eventName)).toEqual(['job.duplicate']);
    expect(ended(otel, SPAN).status.code).toBe(SpanStatusCode.UNSET);
    expect(await otel.points('job.rejected')).toEqual([]);
  });

  test("span: 'none' - makes no span; carrier and record are of the active one", () => {
    const { otel, queue } = startRig();
    trace.getTracer('app').startActiveSpan('engine', (span) => {
      const enqueue = queue.enqueue(job, { span: 'none' });
      expect(enqueue.carrier.traceparent).toContain(span.spanContext().spanId);
      enqueue.run(() => expect(trace.getActiveSpan()).toBe(span));
      enqueue.accepted();
      span.end();
    });
    expect(otel.spans().map((span) => span.name)).toEqual(['engine']);
    expect(eventNames(ended(otel, 'engine'))).toEqual(['job.queued']);
    expect(otel.logs('job.queued')[0]?.spanContext).toEqual(ended(otel, 'engine').spanContext());
  });

  test('an enqueue within an attempt - is its child and goes by its clock, wherever the wall clock is set', async () => {
    const { otel, queue } = startRig();
    const attempt = queue.attempt({ job: { id: 'outer' }, number: 1 });
    vi.setSystemTime(Date.now() - 3_600_000);
    attempt.run(() => queue.enqueue({ id: 'inner', type: 'welcome' }).accepted());
    attempt.completed();
    const inner = ended(otel, SPAN);
    const outer = ended(otel, `process ${QUEUE}`);
    expect(inner.parentSpanContext?.spanId).toBe(outer.spanContext().spanId);
    expect(nanos(inner.startTime)).toBeGreaterThan(nanos(outer.startTime));
    expect(nanos(inner.endTime)).toBeLessThan(nanos(outer.endTime));
  });
});
