import { TraceFlags } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { createSignalbox } from 'signalbox';
import type { Carrier, Relation } from 'signalbox/jobs';
import { createJobs } from 'signalbox/jobs';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { TestOtel } from '../support/otel.js';
import { resetOtel, startOtel } from '../support/otel.js';

const JOBS = 600;
const RATIO = 0.25;
/** Six standard deviations: by chance a count is further off once in 10^8 runs. */
const OFF = 6 * Math.sqrt(JOBS * RATIO * (1 - RATIO));

/** As an app is told by its environment: the sampler is the SDK's own. */
function startApp(): TestOtel {
  vi.stubEnv('OTEL_TRACES_SAMPLER', 'parentbased_traceidratio');
  vi.stubEnv('OTEL_TRACES_SAMPLER_ARG', String(RATIO));
  return startOtel();
}

interface Played {
  readonly app: TestOtel;
  /** Of the enqueues, in their order. */
  readonly carriers: readonly Carrier[];
}

/** Each job fails once and is then completed. */
function play(relation: Relation): Played {
  const app = startApp();
  const queue = createJobs(createSignalbox()).queue('mail', { types: ['welcome'], relation });
  const carriers = Array.from({ length: JOBS }, (_, i) => {
    const job = { id: `j-${i}`, type: 'welcome' };
    const enqueue = queue.enqueue(job);
    enqueue.accepted();
    const info = { job, carrier: enqueue.carrier, firstRunnableAt: queue.now() };
    queue.attempt({ ...info, number: 1, runnableAt: queue.now() }).failed(new Error('no'), { retry: true });
    queue.attempt({ ...info, number: 2, runnableAt: queue.now() }).completed();
    return enqueue.carrier;
  });
  return { app, carriers };
}

function byJob(spans: readonly ReadableSpan[]): Map<unknown, number> {
  const found = new Map<unknown, number>();
  for (const { attributes } of spans)
    found.set(attributes['job.id'], (found.get(attributes['job.id']) ?? 0) + 1);
  return found;
}

const isSampled = ({ traceparent }: Carrier): boolean => String(traceparent).endsWith('-01');

// Vitest has the worker's environment; an SDK reads it when it is made.
beforeEach(() => vi.unstubAllEnvs());
afterEach(() => {
  vi.unstubAllEnvs();
  resetOtel();
});

describe('with OTEL_TRACES_SAMPLER=parentbased_traceidratio', () => {
  test.each(['parent', 'link'] as const)(
    'relation %s - metrics and log records stay exact',
    async (relation) => {
      const { app } = play(relation);
      const total = async (metric: string): Promise<number> =>
        (await app.points(metric)).reduce((sum, { value }) => sum + value, 0);
      expect(await total('job.enqueued')).toBe(JOBS);
      expect(await total('job.retries')).toBe(JOBS);
      expect(await total('job.ended')).toBe(JOBS);
      expect(await total('job.wait.duration')).toBe(2 * JOBS);
      expect(await total('job.turnaround.duration')).toBe(JOBS);
      expect(await total('messaging.process.duration')).toBe(2 * JOBS);
      expect(app.logs('job.queued')).toHaveLength(JOBS);
      expect(app.logs('job.started')).toHaveLength(2 * JOBS);
      expect(app.logs('job.failed')).toHaveLength(JOBS);
      expect(app.logs('job.retrying')).toHaveLength(JOBS);
      expect(app.logs('job.completed')).toHaveLength(JOBS);
    },
  );

  test('relation parent - about the ratio of the jobs has spans, and each of these has all of them', () => {
    const { app, carriers } = play('parent');
    const spans = byJob(app.spans());
    expect(Math.abs(spans.size - JOBS * RATIO)).toBeLessThan(OFF);
    expect(new Set(spans.values())).toEqual(new Set([3]));
    expect([...spans.keys()].sort()).toEqual(
      carriers.flatMap((carrier, i) => (isSampled(carrier) ? [`j-${i}`] : [])).sort(),
    );
  });

  test('relation link - each enqueue and each attempt is decided on anew', () => {
    const { app } = play('link');
    const enqueued = new Set(app.spans('enqueue welcome').concat(app.spans('enqueue mail')).map(jobOf));
    const attempts = app.spans('process welcome');
    for (const number of [1, 2]) {
      const sampled = attempts.filter(({ attributes }) => attributes['job.attempt.number'] === number);
      expect(Math.abs(sampled.length - JOBS * RATIO)).toBeLessThan(OFF);
      // As many of them have a link to an enqueue span that there is not, as there are enqueues without a span.
      const led = sampled.filter((span) => enqueued.has(jobOf(span)));
      expect(led.length).toBeGreaterThan(0);
      expect(led.length).toBeLessThan(sampled.length / 2);
      for (const { links } of sampled)
        expect(links.some(({ attributes }) => attributes?.['link.reason'] === 'enqueued_by')).toBe(true);
    }
  });

  test('a log record without a span - has the ids of the trace that was not sampled, and says so in its flags', () => {
    const { app, carriers } = play('parent');
    const sampled = new Set(app.spans().map((span) => span.spanContext().spanId));
    for (const [i, { spanContext, attributes }] of app.logs('job.completed').entries()) {
      const [, traceId] = String(carriers[i]?.traceparent).split('-');
      expect(attributes['job.id']).toBe(`j-${i}`);
      expect(spanContext?.traceId).toBe(traceId);
      const isThere = sampled.has(spanContext?.spanId ?? '');
      expect(spanContext?.traceFlags).toBe(isThere ? TraceFlags.SAMPLED : TraceFlags.NONE);
    }
  });

  test('the decision - travels with the job: a worker that would sample everything follows its enqueue', () => {
    const { carriers } = play('parent');
    resetOtel();
    vi.stubEnv('OTEL_TRACES_SAMPLER', 'parentbased_always_on');
    const worker = startOtel();
    const queue = createJobs(createSignalbox()).queue('mail', { types: ['welcome'] });
    for (const [i, carrier] of carriers.entries())
      queue.attempt({ job: { id: `j-${i}`, type: 'welcome' }, carrier, number: 1 }).completed();
    expect(worker.spans()).toHaveLength(carriers.filter(isSampled).length);
  });

  test('the decision - is the request’s where a request enqueues', () => {
    const app = startApp();
    const queue = createJobs(createSignalbox()).queue('mail', { types: ['welcome'] });
    const tracer = app.tracerProvider.getTracer('app');
    for (let i = 0; i < 200; i++)
      tracer.startActiveSpan('POST /order', (span) => {
        queue.enqueue({ id: `j-${i}`, type: 'welcome' }).accepted();
        span.end();
      });
    const requests = app.spans('POST /order').map((span) => span.spanContext().traceId);
    const enqueues = app.spans().filter(({ name }) => name.startsWith('enqueue'));
    expect(requests.length).toBeGreaterThan(10);
    expect(requests.length).toBeLessThan(120);
    expect(enqueues.map((span) => span.spanContext().traceId).sort()).toEqual(requests.sort());
  });
});

function jobOf({ attributes }: ReadableSpan): unknown {
  return attributes['job.id'];
}
