import type { Link } from '@opentelemetry/api';
import { trace } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { createSignalbox } from 'signalbox';
import type { Relation, RelationOption } from 'signalbox/jobs';
import { createJobs } from 'signalbox/jobs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { jobsOn } from '../../src/jobs/jobs.js';
import { pass, useFakeTime, useRealTime } from '../examples/queue/fake-time.js';
import { recordDiag, resetOtel, startOtel } from '../support/otel.js';
import { ended, GIVE_UP, RETRY, recorded, startRig } from './rig.js';

beforeEach(useFakeTime);
afterEach(() => {
  useRealTime();
  resetOtel();
});

const job = { id: 'j-1', type: 'welcome' };
const SPAN = 'process welcome';
const ENQUEUE = 'enqueue welcome';
const boom = new Error('no');

function linksOf(span: ReadableSpan | undefined): { to: string; attributes: Link['attributes'] }[] {
  return (span?.links ?? []).map(({ context, attributes }) => ({ to: context.spanId, attributes }));
}

function idOf(span: ReadableSpan | undefined): string {
  return span?.spanContext().spanId ?? 'no span';
}

describe('relation', () => {
  function attemptWith(relation: RelationOption | undefined): {
    enqueue: ReadableSpan;
    attempt: ReadableSpan;
  } {
    const { otel, queue } = startRig(relation ? { relation } : {});
    const enqueue = queue.enqueue(job);
    enqueue.accepted();
    queue.attempt({ job, carrier: enqueue.carrier, number: 1 }).completed();
    return { enqueue: ended(otel, ENQUEUE), attempt: ended(otel, SPAN) };
  }

  test.each([undefined, 'parent' as const])(
    'relation %s - the attempt is a child of its enqueue, without a link to it',
    (relation) => {
      const { enqueue, attempt } = attemptWith(relation);
      expect(attempt.parentSpanContext?.spanId).toBe(idOf(enqueue));
      expect(attempt.spanContext().traceId).toBe(enqueue.spanContext().traceId);
      expect(attempt.links).toEqual([]);
    },
  );

  test('relation link - the attempt is a trace of its own, linked to its enqueue', () => {
    const { enqueue, attempt } = attemptWith('link');
    expect(attempt.parentSpanContext).toBeUndefined();
    expect(attempt.spanContext().traceId).not.toBe(enqueue.spanContext().traceId);
    expect(linksOf(attempt)).toEqual([{ to: idOf(enqueue), attributes: { 'link.reason': 'enqueued_by' } }]);
  });

  test('relation none - the attempt is a trace of its own, without a link', () => {
    const { enqueue, attempt } = attemptWith('none');
    expect(attempt.parentSpanContext).toBeUndefined();
    expect(attempt.spanContext().traceId).not.toBe(enqueue.spanContext().traceId);
    expect(attempt.links).toEqual([]);
  });

  test('a function - decides for each attempt; what is no relation is the parent', () => {
    const answers: unknown[] = ['link', 'none', 'parent', 'nonsense', undefined];
    const asked: (string | undefined)[] = [];
    const { otel, queue } = startRig({
      relation: ({ job: { id } }) => {
        asked.push(id);
        return answers[asked.length - 1] as Relation;
      },
    });
    const enqueue = queue.enqueue(job);
    enqueue.accepted();
    for (let i = 0; i < answers.length; i++)
      queue.attempt({ job, carrier: enqueue.carrier, number: 1 }).completed();
    expect(asked).toEqual(Array(5).fill('j-1'));
    const spans = otel.spans(SPAN);
    expect(spans.map((span) => span.links.length)).toEqual([1, 0, 0, 0, 0]);
    expect(spans.map((span) => span.parentSpanContext !== undefined)).toEqual([
      false,
      false,
      true,
      true,
      true,
    ]);
  });

  test("an attempt's own relation - wins over the queue's, and that over the box's", () => {
    const { otel, box } = startRig();
    const queue = createJobs(box, { relation: 'none' }).queue('other', { relation: 'parent' });
    const enqueue = queue.enqueue(job);
    queue.attempt({ job, carrier: enqueue.carrier, number: 1 }).completed();
    queue.attempt({ job, carrier: enqueue.carrier, number: 1, relation: 'link' }).completed();
    const inherited = createJobs(box, { relation: 'none' }).queue('third');
    inherited.attempt({ job, carrier: enqueue.carrier, number: 1 }).completed();
    const [other, , third] = [...otel.spans('process other'), ...otel.spans('process third')];
    expect(other?.parentSpanContext).toBeDefined();
    expect(otel.spans('process other')[1]?.links).toHaveLength(1);
    expect(third?.parentSpanContext).toBeUndefined();
  });

  test("an attempt - is never a child of what is active where the worker's loop runs", () => {
    const { otel, queue } = startRig();
    const enqueue = queue.enqueue(job);
    trace.getTracer('app').startActiveSpan('loop', (span) => {
      queue.attempt({ job, carrier: enqueue.carrier, number: 1 }).completed();
      queue.attempt({ job: { id: 'stray', type: 'welcome' }, number: 1 }).completed();
      span.end();
    });
    enqueue.accepted();
    const [own, stray] = otel.spans(SPAN);
    expect(own?.parentSpanContext?.spanId).toBe(idOf(ended(otel, ENQUEUE)));
    expect(stray?.parentSpanContext).toBeUndefined();
    expect(stray?.spanContext().traceId).not.toBe(ended(otel, 'loop').spanContext().traceId);
  });

  test.each([undefined, {}, { traceparent: 'nonsense' }, { other: 'x' }])(
    'a carrier %j - that names no span makes an attempt without parent and link',
    (carrier) => {
      const { otel, queue } = startRig();
      queue.attempt({ job, carrier, number: 1 }).completed();
      queue.attempt({ job, carrier, number: 1, relation: 'link' }).completed();
      for (const span of otel.spans(SPAN)) {
        expect(span.parentSpanContext).toBeUndefined();
        expect(span.links).toEqual([]);
      }
    },
  );

  test('relation - what is none is told at construction', () => {
    expect(() => createJobs(createSignalbox(), { relation: 'child' as never })).toThrow(
      "createJobs: `relation` is 'child'. Use 'parent', 'link', 'none', or a function that returns one of them.",
    );
  });
});

describe('the attempt before', () => {
  test('a retry - names the attempt before in attributes too, and its trace where that is another', () => {
    for (const relation of ['parent', 'link'] as const) {
      const { otel, queue } = startRig({ relation });
      const { carrier } = queue.enqueue(job);
      queue.attempt({ job, carrier, number: 1 }).failed(boom, RETRY);
      queue.attempt({ job, carrier, number: 2 }).completed();
      const [first, second] = otel.spans(SPAN);
      expect(first?.attributes).not.toHaveProperty('job.previous_attempt.span_id');
      expect(second?.attributes['job.previous_attempt.span_id']).toBe(idOf(first));
      expect(second?.attributes['job.previous_attempt.trace_id']).toBe(
        relation === 'link' ? first?.spanContext().traceId : undefined,
      );
      resetOtel();
    }
  });

  test('a retry - links to the attempt before, as this process remembers it', async () => {
    const { otel, queue } = startRig();
    const enqueue = queue.enqueue(job);
    enqueue.accepted();
    for (const number of [1, 2]) queue.attempt({ job, carrier: enqueue.carrier, number }).failed(boom, RETRY);
    queue.attempt({ job, carrier: enqueue.carrier, number: 3 }).completed();
    const [first, second, third] = otel.spans(SPAN);
    expect(linksOf(first)).toEqual([]);
    expect(linksOf(second)).toEqual([
      { to: idOf(first), attributes: { 'link.reason': 'previous_attempt', 'job.attempt.number': 1 } },
    ]);
    expect(linksOf(third)).toEqual([
      { to: idOf(second), attributes: { 'link.reason': 'previous_attempt', 'job.attempt.number': 2 } },
    ]);
    for (const span of [first, second, third])
      expect(span?.parentSpanContext?.spanId).toBe(idOf(ended(otel, ENQUEUE)));
  });

  test('a retry where an adapter remembers attempts itself - links only to the `previous` that it is given', () => {
    const otel = startOtel();
    const queue = jobsOn(createSignalbox(), {}, { remembersAttempts: false }).queue('mail', {
      types: ['welcome'],
    });
    const first = queue.attempt({ job, number: 1 });
    first.failed(boom, RETRY);
    queue.attempt({ job, number: 2 }).failed(boom, RETRY);
    queue.attempt({ job, number: 2, previous: { carrier: first.carrier, number: 1 } }).completed();
    const [, without, given] = otel.spans(SPAN);
    expect(linksOf(without)).toEqual([]);
    expect(linksOf(given)).toHaveLength(1);
  });

  test('a retry with relation link - links to both', () => {
    const { otel, queue } = startRig({ relation: 'link' });
    const enqueue = queue.enqueue(job);
    enqueue.accepted();
    queue.attempt({ job, carrier: enqueue.carrier, number: 1 }).failed(boom, RETRY);
    queue.attempt({ job, carrier: enqueue.carrier, number: 2 }).completed();
    const [first, second] = otel.spans(SPAN);
    expect(linksOf(second)).toEqual([
      { to: idOf(ended(otel, ENQUEUE)), attributes: { 'link.reason': 'enqueued_by' } },
      { to: idOf(first), attributes: { 'link.reason': 'previous_attempt', 'job.attempt.number': 1 } },
    ]);
  });

  test('an attempt after one that was lost - links to it too', () => {
    const { otel, queue } = startRig();
    queue.attempt({ job, number: 1 }).lost();
    queue.attempt({ job, number: 2 }).completed();
    const [lost, next] = otel.spans(SPAN);
    expect(linksOf(next)).toEqual([
      { to: idOf(lost), attributes: { 'link.reason': 'previous_attempt', 'job.attempt.number': 1 } },
    ]);
  });

  test('attempts here that are not the one before - are no link, and no wait is counted from them', async () => {
    const { otel, queue } = startRig();
    queue.attempt({ job, number: 1 }).failed(boom, RETRY);
    await pass(10_000);
    // Another process had the second; then the id was used again.
    queue.attempt({ job, number: 3 }).failed(boom, RETRY);
    queue.attempt({ job, number: 1 }).completed();
    for (const span of otel.spans(SPAN)) {
      expect(span.links).toEqual([]);
      expect(span.attributes['job.wait.duration']).toBeUndefined();
    }
  });

  test('one that is given - wins over the memory, and its number may follow from this one', () => {
    const { otel, queue } = startRig();
    const elsewhere = trace.getTracer('app').startSpan('elsewhere').spanContext();
    const carrier = { traceparent: `00-${elsewhere.traceId}-${elsewhere.spanId}-01` };
    queue.attempt({ job, number: 4 }).failed(boom, RETRY);
    queue.attempt({ job, number: 5, previous: { carrier } }).failed(boom, RETRY);
    queue.attempt({ job, number: 6, previous: { carrier, number: 2 } }).completed();
    const [, fifth, sixth] = otel.spans(SPAN);
    expect(linksOf(fifth)).toEqual([
      { to: elsewhere.spanId, attributes: { 'link.reason': 'previous_attempt', 'job.attempt.number': 4 } },
    ]);
    expect(sixth?.links[0]?.attributes?.['job.attempt.number']).toBe(2);
  });

  test('a job that has ended - is forgotten: brought back, it links to nothing', () => {
    const { otel, queue } = startRig();
    queue.attempt({ job, number: 1 }).failed(boom, RETRY);
    queue.attempt({ job, number: 2 }).failed(boom, GIVE_UP);
    queue.attempt({ job, number: 1 }).failed(boom, RETRY);
    queue.attempt({ job, number: 2 }).completed();
    queue.attempt({ job, number: 1 }).completed();
    expect(otel.spans(SPAN).map((span) => span.links.length)).toEqual([0, 1, 0, 1, 0]);
  });

  test('two queues - remember their own jobs', () => {
    const { otel, jobs, queue } = startRig();
    queue.attempt({ job, number: 1 }).failed(boom, RETRY);
    jobs.queue('other').attempt({ job, number: 2 }).completed();
    expect(linksOf(ended(otel, 'process other'))).toEqual([]);
  });
});

describe('the wait', () => {
  const waitOf = (values: object): unknown => (values as Record<string, unknown>)['job.wait.duration'];

  test('the wait - is from when the attempt could have run to when it began, once per attempt', async () => {
    const { otel, queue } = startRig();
    const runnableAt = queue.now();
    await pass(1200);
    queue.attempt({ job, number: 1, runnableAt }).completed();
    expect(waitOf(recorded(otel, 'job.started'))).toBeCloseTo(1.2, 2);
    const [point] = await otel.points('job.wait.duration');
    expect(point).toMatchObject({ value: 1 });
    expect(point?.sum).toBeCloseTo(Number(waitOf(recorded(otel, 'job.started'))), 9);
  });

  test('the wait - that is not known is no zero', async () => {
    const { otel, queue } = startRig();
    queue.attempt({ job, number: 1 }).completed();
    expect(recorded(otel, 'job.started')).not.toHaveProperty('job.wait.duration');
    expect(recorded(otel, 'job.completed')).not.toHaveProperty('job.turnaround.duration');
    expect(ended(otel, SPAN).attributes).not.toHaveProperty('job.wait.duration');
    expect(await otel.points('job.wait.duration')).toEqual([]);
    expect(await otel.points('job.turnaround.duration')).toEqual([]);
  });

  test('the wait of a retry - is from the end of its delay, which this process remembers', async () => {
    const { otel, queue } = startRig();
    queue.attempt({ job, number: 1 }).failed(boom, RETRY);
    await pass(2700);
    queue.attempt({ job, number: 2 }).completed();
    expect(waitOf(otel.logs('job.started')[1]?.attributes ?? {})).toBeCloseTo(0.7, 2);
  });

  test('the wait of a retry - given, wins; and the turnaround is from the first time that it could have run', async () => {
    const { otel, queue } = startRig();
    const firstRunnableAt = queue.now();
    queue.attempt({ job, number: 1, runnableAt: firstRunnableAt }).failed(boom, RETRY);
    await pass(3000);
    queue.attempt({ job, number: 2, runnableAt: queue.now() - 100, firstRunnableAt }).completed();
    expect(waitOf(otel.logs('job.started')[1]?.attributes ?? {})).toBeCloseTo(0.1, 2);
    expect(recorded(otel, 'job.completed')['job.turnaround.duration']).toBeCloseTo(3, 2);
  });

  test('the turnaround of a retry - is not guessed from the time of the retry', () => {
    const { otel, queue } = startRig();
    queue.attempt({ job, number: 2, runnableAt: queue.now() }).completed();
    expect(recorded(otel, 'job.completed')).not.toHaveProperty('job.turnaround.duration');
  });

  test('a moment ahead of the start - by the skew of clocks is a wait of none, by more is not known', () => {
    const { otel, queue } = startRig();
    const startedAt = queue.now();
    queue.attempt({ job, number: 1, startedAt, runnableAt: startedAt + 2 });
    queue.attempt({ job, number: 1, startedAt, runnableAt: startedAt + 60_000 });
    const [near, far] = otel.logs('job.started').map((r) => waitOf(r.attributes));
    expect(near).toBe(0);
    expect(far).toBeUndefined();
  });
});

test('the memory of attempts - is bounded', () => {
  const told = recordDiag();
  const { otel, queue } = startRig({}, { routes: [] });
  queue.attempt({ job: { id: 'first', type: 'welcome' }, number: 1 }).failed(boom, RETRY);
  for (let i = 0; i < 10_000; i++) queue.attempt({ job: { id: `${i}` }, number: 1 }).failed(boom, RETRY);
  queue.attempt({ job: { id: 'first', type: 'welcome' }, number: 2 }).completed();
  queue.attempt({ job: { id: '9999', type: 'welcome' }, number: 2 }).completed();
  const [, forgotten, remembered] = otel.spans(SPAN);
  expect(linksOf(forgotten)).toEqual([]);
  expect(linksOf(remembered)).toHaveLength(1);
  expect(told).toEqual([]);
});
