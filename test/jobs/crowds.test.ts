import { DiagLogLevel, diag } from '@opentelemetry/api';
import { createSignalbox, spanEventBridge } from 'signalbox';
import { createJobs } from 'signalbox/jobs';
import { afterEach, describe, expect, test } from 'vitest';
import { resetOtel, startOtel } from '../support/otel.js';
import { ended, eventNames, QUEUE, startRig } from './rig.js';

afterEach(resetOtel);

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/** Puts that many jobs in by one call, as adapters do: the first enqueue has the span. */
function bulk(
  { queue }: Pick<ReturnType<typeof startRig>, 'queue'>,
  jobs: number,
  span: 'own' | 'none',
): void {
  const lead = queue.enqueue({ id: '0' }, { batch: jobs, span });
  lead.run(() => {
    for (const n of range(jobs).slice(1)) queue.enqueue({ id: String(n) }, { span: 'none' }).accepted();
  });
  lead.accepted();
}

describe('a bulk enqueue', () => {
  test.each([2, 64])('of %i jobs - has an event for each, and says how many there are', (jobs) => {
    const rig = startRig();
    bulk(rig, jobs, 'own');
    const span = ended(rig.otel, `enqueue ${QUEUE}`);
    expect(eventNames(span)).toEqual(Array(jobs).fill('job.queued'));
    expect(span.attributes['messaging.batch.message_count']).toBe(jobs);
  });

  test.each([65, 5000])('of %i jobs - has none, and each has its record on the span', (jobs) => {
    const warned: string[] = [];
    const rig = startRig();
    const [none, warn] = [() => undefined, (message: string) => void warned.push(message)];
    diag.setLogger(
      { error: warn, warn, info: none, debug: none, verbose: none },
      { logLevel: DiagLogLevel.ALL, suppressOverrideMessage: true },
    );
    bulk(rig, jobs, 'own');
    const span = ended(rig.otel, `enqueue ${QUEUE}`);
    expect([span.events.length, span.droppedEventsCount]).toEqual([0, 0]);
    expect(span.attributes['messaging.batch.message_count']).toBe(jobs);
    const records = rig.otel.logs('job.queued');
    expect(new Set(records.map((r) => r.attributes['job.id'])).size).toBe(jobs);
    expect(new Set(records.map((r) => r.spanContext?.spanId))).toEqual(new Set([span.spanContext().spanId]));
    expect(warned).toEqual([]);
  });

  test('that is refused, or in part a duplicate - has no event a job either', () => {
    const { otel, queue } = startRig();
    const refused = queue.enqueue({}, { batch: 100 });
    refused.run(() => queue.enqueue({ id: '1' }, { span: 'none' }).rejected('invalid'));
    refused.rejected('invalid');
    const there = queue.enqueue({}, { batch: 100 });
    there.run(() => queue.enqueue({ id: '1' }, { span: 'none' }).duplicate());
    there.duplicate();
    expect(otel.spans().map((span) => span.events)).toEqual([[], []]);
    expect([otel.logs('job.rejected').length, otel.logs('job.duplicate').length]).toEqual([2, 2]);
  });

  test('whose span is the engine’s - leaves the events of each off whatever is active', () => {
    const { otel, queue } = startRig();
    otel.tracerProvider.getTracer('engine').startActiveSpan('insert', (span) => {
      bulk({ queue }, 100, 'none');
      span.end();
    });
    expect(ended(otel, 'insert').events).toEqual([]);
    expect(otel.logs('job.queued')).toHaveLength(100);
  });

  test('an enqueue with a span of its own in the midst of one - has its event', () => {
    const { otel, queue, jobs } = startRig();
    queue.enqueue({}, { batch: 100 }).run(() => jobs.queue('other').enqueue({ id: '1' }).accepted());
    expect(eventNames(ended(otel, 'enqueue other'))).toEqual(['job.queued']);
  });

  test('with the span event bridge - has none either', () => {
    const otel = startOtel({ logProcessors: [spanEventBridge()] });
    const queue = createJobs(createSignalbox({ spanEvents: 'bridge' })).queue(QUEUE);
    bulk({ queue }, 2, 'own');
    bulk({ queue }, 100, 'own');
    expect(otel.spans().map((span) => span.events.length)).toEqual([2, 0]);
  });
});

describe('a batch', () => {
  test('of more than 64 jobs - has no event a job, and each has its records on the span', () => {
    const { otel, queue } = startRig();
    const { attempts } = queue.batch(range(100).map((n) => ({ job: { id: String(n) }, number: 1 })));
    for (const [n, attempt] of attempts.entries()) {
      if (n % 2 === 0) attempt.completed();
      else attempt.failed(new Error('no'), { retry: false, reason: 'max_attempts' });
    }
    const span = ended(otel, `process ${QUEUE}`);
    expect(span.events).toEqual([]);
    expect(span.attributes['messaging.batch.message_count']).toBe(100);
    const records = otel.logs();
    expect(records).toHaveLength(100 + 50 + 50 + 50);
    expect(new Set(records.map((r) => r.spanContext?.spanId))).toEqual(new Set([span.spanContext().spanId]));
  });

  test('of 64 jobs - has the events of each', () => {
    const { otel, queue } = startRig();
    const { attempts } = queue.batch(range(64).map((n) => ({ job: { id: String(n) } })));
    for (const attempt of attempts) attempt.completed();
    const { events, droppedEventsCount } = ended(otel, `process ${QUEUE}`);
    expect([events.length, droppedEventsCount]).toEqual([128, 0]);
  });

  test('what runs in it - sees the span itself', async () => {
    const { otel, queue } = startRig();
    const batch = queue.batch(range(100).map((n) => ({ job: { id: String(n) } })));
    batch.run(() => queue.enqueue({ id: 'child' }).accepted());
    for (const attempt of batch.attempts) attempt.completed();
    const [enqueue] = otel.spans(`enqueue ${QUEUE}`);
    expect(enqueue?.parentSpanContext?.spanId).toBe(ended(otel, `process ${QUEUE}`).spanContext().spanId);
    expect(eventNames(ended(otel, `enqueue ${QUEUE}`))).toEqual(['job.queued']);
  });

  test.each([
    [128, undefined],
    [129, 1],
    [1000, 872],
  ])('of %i jobs - has at most 128 links, and counts the rest', (jobs, dropped) => {
    const { otel, queue } = startRig();
    const infos = range(jobs).map((n) => {
      const enqueue = queue.enqueue({ id: String(n) });
      enqueue.accepted();
      return { job: { id: String(n) }, carrier: enqueue.carrier };
    });
    for (const attempt of queue.batch(infos).attempts) attempt.completed();
    const span = ended(otel, `process ${QUEUE}`);
    expect([span.links.length, span.droppedLinksCount]).toEqual([Math.min(jobs, 128), 0]);
    expect(span.attributes['signalbox.links.dropped']).toBe(dropped);
  });
});
