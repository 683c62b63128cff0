import { context, trace } from '@opentelemetry/api';
import { createSignalbox, defineSignal, field } from 'signalbox';
import { createJobs } from 'signalbox/jobs';
import { afterEach, describe, expect, test } from 'vitest';
import { recordDiag, resetOtel, startOtel } from '../support/otel.js';
import { hostileValues, unreadable } from './hostile.js';
import { noUnhandledRejections } from './rejections.js';

noUnhandledRejections();
afterEach(resetOtel);

const kinds = {
  string: field.string(),
  id: field.id(),
  oneOf: field.oneOf(['a']),
  boolean: field.boolean(),
  number: field.number(),
  int: field.int(),
  duration: field.duration(),
  moment: field.time(),
  error: field.error(),
  list: field.list(),
  json: field.json(),
};
const ANYTHING = defineSignal('ANYTHING_SEEN', {
  fields: kinds,
  message: (values) => `saw ${values.json}`,
  metrics: [
    { type: 'counter', name: 'anything.seen', by: ['string', 'oneOf', 'boolean'] },
    { type: 'counter', name: 'anything.sum', of: 'number' },
    { type: 'histogram', name: 'anything.duration', unit: 's', of: 'duration' },
  ],
});
const anything: (values: unknown) => never = (values) => values as never;

/** What every attribute that leaves has to be. */
function expectCarriable(value: unknown): void {
  if (Array.isArray(value)) {
    expect(value.length).toBeLessThanOrEqual(128);
    for (const entry of value) expect(typeof entry).toBe('string');
    return;
  }
  if (typeof value === 'string') {
    expect(value.length).toBeLessThanOrEqual(4096);
    expect(value).toBe(Buffer.from(value).toString());
    return;
  }
  expect(['number', 'boolean']).toContain(typeof value);
  if (typeof value === 'number') expect(Number.isFinite(value)).toBe(true);
}

const cases = Object.keys(hostileValues());

describe.each(cases)('%s', (name) => {
  const value = (): unknown => hostileValues()[name];

  test('as a value of every kind of field - the record, the event, the points and the sinks get what can be carried', async () => {
    const otel = startOtel();
    let arrived: Readonly<Record<string, unknown>> = {};
    const box = createSignalbox({
      destinations: {
        sink: (emission) => {
          arrived = { ...emission.fields, ...emission.attributes };
        },
      },
      routes: [{ signals: '*', to: ['otel', 'sink'] }],
    });
    const tracer = otel.tracerProvider.getTracer('app');
    const span = tracer.startSpan('work');
    context.with(trace.setSpan(context.active(), span), () =>
      box.emit(ANYTHING, anything(Object.fromEntries(Object.keys(kinds).map((kind) => [kind, value()])))),
    );
    span.end();
    await box.forceFlush();

    const record = otel.logs('anything.seen')[0];
    expect(record?.droppedAttributesCount).toBe(0);
    for (const one of [record?.attributes, otel.spans('work')[0]?.events[0]?.attributes, arrived]) {
      expect(one).toBeDefined();
      expect(Object.keys(one ?? {})).not.toHaveLength(0);
      for (const attribute of Object.values(one ?? {})) expectCarriable(attribute);
    }
    expectCarriable(record?.body);
    expect(await otel.points('anything.seen')).toHaveLength(1);
    const { destinations, values, refused } = box.stats();
    expect(destinations.otel?.channels.logs).toMatchObject({ routed: 1, handedOver: 1, failed: 0 });
    expect(destinations.otel?.channels.metrics).toMatchObject({ failed: 0, queued: 0 });
    expect(destinations.sink?.channels.sink).toMatchObject({ routed: 1, delivered: 1 });
    expect(refused).toEqual({});
    expect(values.wrongType + values.unserializable + values.truncated).toBeGreaterThan(0);
  });

  test('in a plain level record, as its message and in place of its fields - nothing is thrown', () => {
    const otel = startOtel();
    const box = createSignalbox();
    box.info('plain', { value: value() });
    box.warn(anything(value()));
    box.error('no fields', anything(value()));
    expect(otel.logs()).toHaveLength(3);
    for (const record of otel.logs()) {
      expectCarriable(record.body);
      for (const attribute of Object.values(record.attributes)) expectCarriable(attribute);
    }
  });

  test('in place of the fields, the options or the signal - what can not be emitted is counted', () => {
    startOtel();
    recordDiag();
    const box = createSignalbox();
    box.emit(ANYTHING, anything(value()));
    box.emit(ANYTHING, anything({}), anything(value()));
    box.emit(anything(value()));
    const { emitted, unrouted, refused } = box.stats();
    const counted = Object.values(refused).reduce((sum, n) => sum + n, 0);
    expect(unrouted).toBe(0);
    // An emit that fails half way is counted as both.
    expect(emitted + counted).toBeGreaterThanOrEqual(3);
    expect(refused.conflict).toBe(1);
  });

  test('thrown by a job - that very value comes through, and the job has failed', () => {
    const otel = startOtel();
    const queue = createJobs(createSignalbox()).queue('q');
    const attempt = queue.attempt({ job: { id: '1' }, number: 1 });
    const thrown = value();
    let came: unknown = 'nothing';
    try {
      attempt.run(() => {
        throw thrown;
      });
    } catch (error) {
      came = error;
      attempt.failed(error, { retry: false, reason: 'max_attempts' });
    }
    expect(Object.is(came, thrown)).toBe(true);
    expect(otel.logs('job.failed')).toHaveLength(1);
    expect(otel.spans('process q')[0]?.status.code).toBe(2);
    for (const attribute of Object.values(otel.logs('job.failed')[0]?.attributes ?? {}))
      expectCarriable(attribute);
  });

  test('returned by a job - that very value comes through, once', () => {
    startOtel();
    const queue = createJobs(createSignalbox()).queue('q');
    const returned = value();
    let ran = 0;
    const back = (): unknown => {
      ran++;
      return returned;
    };
    const attempt = queue.attempt({ job: { id: '1' }, number: 1 });
    expect(Object.is(attempt.run(back), returned)).toBe(true);
    attempt.completed();
    const enqueue = queue.enqueue({ id: '1' });
    expect(Object.is(enqueue.run(back), returned)).toBe(true);
    enqueue.accepted();
    expect(ran).toBe(2);
  });

  test('in what is told of a job - nothing is thrown, and its handler runs', async () => {
    const otel = startOtel();
    const queue = createJobs(createSignalbox()).queue('q');
    const odd = anything(value());
    const job = { id: odd, type: odd, priority: odd, maxAttempts: odd };
    const enqueue = queue.enqueue(job);
    enqueue.accepted({ id: odd, queueSize: odd, runnableAt: odd });
    queue.enqueue(job).rejected(odd, { error: odd, capacity: odd });
    const info = {
      job,
      carrier: odd,
      number: odd,
      worker: odd,
      runnableAt: odd,
      startedAt: odd,
      previous: odd,
    };
    const processed = queue.process(
      { ...info, relation: odd, span: odd },
      () => 'done',
      () => odd,
    );
    await expect(processed).resolves.toBe('done');
    const attempt = queue.attempt(info);
    attempt.failed(odd, odd, { endedAt: odd });
    queue.attempt(info).timedOut(odd, odd);
    queue.attempt(info).deferred({ reason: odd, delayMillis: odd, endedAt: odd });
    queue.attempt(info).lost({ abandoned: odd, endedAt: odd });
    queue.abandoned(job, { reason: odd, error: odd, carrier: odd, runnableAt: odd, attempts: odd });
    queue.completed(job, { carrier: odd, runnableAt: odd });
    queue.stalled(job, { carrier: odd, attempt: odd });
    queue.revived(job, { carrier: odd, attempts: odd });
    queue.queued(job, { carrier: odd, runnableAt: odd });
    for (const record of otel.logs())
      for (const attribute of Object.values(record.attributes)) expectCarriable(attribute);
    for (const { labels } of [...(await otel.points('job.ended')), ...(await otel.points('job.enqueued'))])
      for (const label of Object.values(labels)) expectCarriable(label);
  });
});

describe('a promise of a handler', () => {
  test('that has a `then` of its own - is left to the app', async () => {
    startOtel();
    const queue = createJobs(createSignalbox()).queue('q');
    let asked = 0;
    class Lazy extends Promise<string> {
      // biome-ignore lint/suspicious/noThenProperty: what lazy promises do
      override then<A, B>(
        yes?: ((value: string) => A | PromiseLike<A>) | null,
        no?: ((reason: unknown) => B | PromiseLike<B>) | null,
      ): Promise<A | B> {
        asked++;
        return super.then(yes, no);
      }
    }
    const attempt = queue.attempt({ job: { id: '1' } });
    const result = attempt.run(() => new Lazy((resolve) => resolve('done')));
    expect(asked).toBe(0);
    expect(await result).toBe('done');
    expect(asked).toBe(1);
  });

  test('that is a revoked Proxy - is given back', () => {
    const queue = createJobs(createSignalbox()).queue('q');
    const odd = unreadable();
    expect(queue.attempt({ job: {} }).run(() => odd) === odd).toBe(true);
  });
});
