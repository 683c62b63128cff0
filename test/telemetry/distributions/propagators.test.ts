import type { Context } from '@opentelemetry/api';
import { context, propagation, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core';
import type { SignalboxOptions } from 'signalbox';
import { createSignalbox, SignalboxError } from 'signalbox';
import type { Carrier, QueueTelemetry } from 'signalbox/jobs';
import { createJobs } from 'signalbox/jobs';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { GIVE_UP, RETRY } from '../../jobs/rig.js';
import { recordDiag, resetOtel, startOtel, TestOtel } from '../../support/otel.js';
import { CopyingManager } from './managers.js';

afterEach(() => {
  resetOtel();
  vi.unstubAllEnvs();
});

/** Serves the active context alone, and warns where it is asked for another. */
function activeOnly(warned: string[]): CompositePropagator {
  const inner = new CompositePropagator({
    propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()],
  });
  const inject = inner.inject.bind(inner);
  inner.inject = (given, carrier, setter) => {
    if (given === context.active()) inject(given, carrier, setter);
    else warned.push('not the active context');
  };
  return inner;
}

/** Tracer and context manager, no propagator. */
function startWithoutPropagator(): TestOtel {
  const otel = new TestOtel();
  trace.setGlobalTracerProvider(otel.tracerProvider);
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  return otel;
}

const isOfPropagation = (problem: string): boolean => problem.startsWith('propagation:');

function mail(options: SignalboxOptions<never> = {}): QueueTelemetry {
  return createJobs(createSignalbox(options)).queue('mail');
}

/** Enqueues a job and has it fail, and then succeed; `stored` is what became of the carrier in between. */
async function live(
  queue: QueueTelemetry,
  stored: (carrier: Carrier) => Carrier | undefined,
): Promise<Carrier> {
  const enqueue = queue.enqueue({ id: '1' });
  const carrier = stored(enqueue.carrier);
  enqueue.accepted();
  const job = { id: '1' };
  const fail = (): never => {
    throw new Error('no');
  };
  await queue.process({ job, carrier, number: 1 }, fail, () => RETRY).catch(() => {});
  await queue.process(
    { job, carrier, number: 2 },
    () => {},
    () => GIVE_UP,
  );
  return enqueue.carrier;
}

const asGiven = (carrier: Carrier): Carrier => carrier;
const copied = (carrier: Carrier): Carrier => ({ ...carrier });
/** As adapters store it: one that is empty is not there. */
const unlessEmpty = (carrier: Carrier): Carrier | undefined =>
  Object.keys(carrier).length > 0 ? { ...carrier } : undefined;

function threeInOneTrace(otel: TestOtel): void {
  const [enqueue, first, second] = otel.spans();
  expect(otel.spans()).toHaveLength(3);
  expect(new Set(otel.spans().map((span) => span.spanContext().traceId)).size).toBe(1);
  const parent = enqueue?.spanContext().spanId;
  expect([first, second].map((span) => span?.parentSpanContext?.spanId)).toEqual([parent, parent]);
  expect(second?.links.map((link) => link.context.spanId)).toEqual([first?.spanContext().spanId]);
  expect(second?.links[0]?.attributes).toEqual({
    'link.reason': 'previous_attempt',
    'job.attempt.number': 1,
  });
}

describe('a propagator that serves the active context alone', () => {
  test.each([
    ['makes the given context active', () => new AsyncLocalStorageContextManager()],
    ['makes a copy active', () => new CopyingManager()],
  ])('carrier - is whole where the manager %s, baggage too', (_, manager) => {
    const warned: string[] = [];
    startOtel({ contextManager: manager().enable(), propagator: activeOnly(warned) });
    const queue = mail();
    const baggage = propagation.createBaggage({ user: { value: 'ada' } });
    const carrier = context.with(
      propagation.setBaggage(ROOT_CONTEXT, baggage),
      () => queue.enqueue({ id: '1' }).carrier,
    );
    expect(carrier).toEqual({ traceparent: expect.stringMatching(/^00-/), baggage: 'user=ada' });
    const attempt = queue.attempt({ job: { id: '1' }, carrier, number: 1 });
    expect(attempt.carrier).toEqual({
      traceparent: expect.stringContaining(carrier.traceparent?.slice(3, 35) ?? ''),
      baggage: 'user=ada',
    });
    expect(attempt.carrier.traceparent).not.toBe(carrier.traceparent);
    expect(warned).toEqual([]);
  });

  test('carrier - a manager that makes nothing active is asked for the given context', () => {
    const manager = new AsyncLocalStorageContextManager().enable();
    manager.with = ((_: Context, fn: () => unknown) => fn()) as typeof manager.with;
    startOtel({ contextManager: manager });
    const carrier = mail().enqueue({ id: '1' }).carrier;
    expect(carrier.traceparent).toMatch(/^00-/);
  });
});

describe('no propagator', () => {
  test.each([
    ['as it was given', asGiven],
    ['as a copy', copied],
  ])('carrier - is a W3C traceparent, which comes back %s: one trace', async (_, stored) => {
    const otel = startWithoutPropagator();
    const carrier = await live(mail(), stored);
    const { traceId, spanId } = otel.spans()[0]?.spanContext() ?? {};
    expect(carrier).toEqual({ traceparent: `00-${traceId}-${spanId}-01` });
    threeInOneTrace(otel);
  });

  test('carrier - what another process wrote is read, its tracestate too', () => {
    const otel = startWithoutPropagator();
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    const attempt = mail().attempt({
      job: { id: '1' },
      carrier: { traceparent, tracestate: 'v=1,w=2' },
      number: 1,
    });
    expect(attempt.carrier.tracestate).toBe('v=1,w=2');
    attempt.completed();
    const [span] = otel.spans();
    expect(span?.parentSpanContext).toMatchObject({ spanId: 'b'.repeat(16), isRemote: true });
  });

  test.each([
    ['OTEL_PROPAGATORS=none', ' None ', {}],
    ['`none` in a list', 'tracecontext, NONE,', {}],
    ["propagation: 'app'", undefined, { propagation: 'app' }],
  ] as const)(
    'carrier - with %s is empty, and what happens in this process is one trace all the same',
    async (_, env, options) => {
      if (env !== undefined) vi.stubEnv('OTEL_PROPAGATORS', env);
      for (const stored of [asGiven, copied, unlessEmpty]) {
        const otel = startWithoutPropagator();
        expect(await live(mail(options), stored)).toEqual({});
        threeInOneTrace(otel);
        resetOtel();
      }
    },
  );

  test('carrier - a propagator of baggage alone is told, by diag once and by describe(), and attempts here are linked', async () => {
    const otel = startWithoutPropagator();
    propagation.setGlobalPropagator(new W3CBaggagePropagator());
    const told = recordDiag();
    const box = createSignalbox();
    const queue = createJobs(box).queue('mail');
    expect(box.describe().problems.filter(isOfPropagation)).toEqual([]);
    expect(await live(queue, asGiven)).toEqual({});
    threeInOneTrace(otel);
    const sentence = "the app's propagator writes no trace context (baggage alone?): jobs carry none";
    expect(told.filter((line) => line.includes(sentence))).toHaveLength(1);
    expect(box.describe().problems.filter(isOfPropagation)).toEqual([expect.stringContaining(sentence)]);
    propagation.disable();
    propagation.setGlobalPropagator(new W3CTraceContextPropagator());
    expect(box.describe().problems.filter(isOfPropagation)).toEqual([]);
  });

  test('describe() - names no propagator that was silent once, outside of a transaction of its vendor, and writes now', () => {
    startWithoutPropagator();
    const inner = new W3CTraceContextPropagator();
    const inject = vi.fn<typeof inner.inject>();
    propagation.setGlobalPropagator({
      inject,
      extract: inner.extract.bind(inner),
      fields: () => inner.fields(),
    });
    const box = createSignalbox();
    const queue = createJobs(box).queue('mail');
    expect(queue.enqueue({ id: '1' }).carrier).toEqual({});
    expect(box.describe().problems.filter(isOfPropagation)).toHaveLength(1);
    inject.mockImplementation(inner.inject.bind(inner));
    expect(queue.enqueue({ id: '2' }).carrier).toHaveProperty('traceparent');
    expect(box.describe().problems.filter(isOfPropagation)).toEqual([]);
  });

  test("carrier - is read by nobody where `propagation` is 'app'", () => {
    const otel = startWithoutPropagator();
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    mail({ propagation: 'app' })
      .attempt({ job: { id: '1' }, carrier: { traceparent }, number: 1 })
      .completed();
    expect(otel.spans()[0]?.parentSpanContext).toBeUndefined();
  });

  test('a batch - links to the enqueues that this process remembers', () => {
    const otel = startWithoutPropagator();
    const queue = mail({ propagation: 'app' });
    const enqueues = ['1', '2'].map((id) => queue.enqueue({ id }));
    for (const enqueue of enqueues) expect(enqueue.carrier).toEqual({});
    for (const enqueue of enqueues) enqueue.accepted();
    const batch = queue.batch([{ job: { id: '1' } }, { job: { id: '2' } }]);
    for (const attempt of batch.attempts) attempt.completed();
    const [first, second, processed] = otel.spans();
    expect(processed?.links.map((link) => link.context.spanId)).toEqual([
      first?.spanContext().spanId,
      second?.spanContext().spanId,
    ]);
  });

  test('an id that is given on acceptance - finds its enqueue too', () => {
    const otel = startWithoutPropagator();
    const queue = mail({ propagation: 'app' });
    const enqueue = queue.enqueue({});
    expect(enqueue.carrier).toEqual({});
    enqueue.accepted({ id: '7' });
    queue.attempt({ job: { id: '7' }, number: 1 }).completed();
    expect(otel.spans()[1]?.parentSpanContext?.spanId).toBe(otel.spans()[0]?.spanContext().spanId);
  });

  test('a job that is there already - keeps the enqueue that put it in', () => {
    const otel = startWithoutPropagator();
    const queue = mail({ propagation: 'app' });
    const [first, again, refused] = ['1', '1', '2'].map((id) => queue.enqueue({ id }));
    for (const enqueue of [first, again, refused]) expect(enqueue?.carrier).toEqual({});
    first?.accepted();
    again?.duplicate();
    refused?.rejected('queue_full');
    queue.attempt({ job: { id: '1' }, number: 1 }).completed();
    queue.attempt({ job: { id: '2' }, number: 1 }).completed();
    const [accepted, , , found, alone] = otel.spans();
    expect(found?.parentSpanContext?.spanId).toBe(accepted?.spanContext().spanId);
    expect(alone?.parentSpanContext).toBeUndefined();
  });

  test('a job that comes again under the id of one that ended - is not taken for it', () => {
    const otel = startWithoutPropagator();
    const queue = mail({ propagation: 'app' });
    const enqueue = queue.enqueue({ id: '1' });
    expect(enqueue.carrier).toEqual({});
    enqueue.accepted();
    queue.attempt({ job: { id: '1' }, number: 1 }).completed();
    queue.attempt({ job: { id: '1' }, number: 1 }).completed();
    expect(otel.spans()[2]?.parentSpanContext).toBeUndefined();
  });

  test('the end of a job that no attempt saw - is told on a span below its enqueue', () => {
    const otel = startOtel();
    propagation.disable();
    const queue = mail({ propagation: 'app' });
    const enqueue = queue.enqueue({ id: '1' });
    expect(enqueue.carrier).toEqual({});
    enqueue.accepted();
    queue.abandoned({ id: '1' }, { reason: 'cancelled' });
    const [enqueued, settled] = otel.spans();
    expect(settled?.parentSpanContext?.spanId).toBe(enqueued?.spanContext().spanId);
    expect(otel.logs('job.abandoned')[0]?.spanContext?.spanId).toBe(settled?.spanContext().spanId);
  });

  test.each([
    [
      {},
      /W3C traceparent that signalbox writes itself, and no baggage; register one, as by OTEL_PROPAGATORS$/,
    ],
    [
      { propagation: 'app' },
      /carry no context, and attempts in other processes are traces of their own; register one, as by OTEL_PROPAGATORS$/,
    ],
  ] as const)('describe() and diag - name it and what follows, once (%j)', async (options, sentence) => {
    startWithoutPropagator();
    const told = recordDiag();
    const box = createSignalbox(options);
    expect(box.describe().problems.filter((p) => /propagat/.test(p))).toEqual([]);
    const queue = createJobs(box).queue('mail');
    for (let i = 0; i < 3; i++) await live(queue, asGiven);
    const problems = box.describe().problems.filter((p) => /propagat/.test(p));
    expect(problems).toEqual([expect.stringMatching(sentence)]);
    expect(problems[0]).toMatch(/^propagation: no propagator is registered/);
    expect(told.filter((line) => /propagat/.test(line))).toEqual([expect.stringMatching(sentence)]);
  });

  test('createSignalbox() - refuses another `propagation`, and says what there is', () => {
    const make = (): unknown => createSignalbox({ propagation: 'b3' as 'w3c' });
    expect(make).toThrow(SignalboxError);
    expect(make).toThrow("createSignalbox: `propagation` is 'b3'. Use 'w3c' or 'app'.");
  });
});

describe('a propagator of baggage alone', () => {
  test('carrier - has the baggage, and in-process the trace goes on', async () => {
    const otel = startOtel({ propagator: new W3CBaggagePropagator() });
    const baggage = propagation.createBaggage({ user: { value: 'ada' } });
    const carrier = await context.with(propagation.setBaggage(ROOT_CONTEXT, baggage), () =>
      live(mail(), copied),
    );
    expect(carrier).toEqual({ baggage: 'user=ada' });
    threeInOneTrace(otel);
  });
});

describe('a propagator that throws, or answers with a promise that rejects', () => {
  test.each([
    [
      'throws',
      () => {
        throw new Error('no');
      },
    ],
    ['rejects', () => Promise.reject(new Error('late')) as unknown as undefined],
  ])('carrier - is empty where inject() %s, and in-process the trace goes on', async (_, inject) => {
    const otel = startOtel({
      propagator: { inject, extract: (given) => given, fields: () => [] },
    });
    expect(await live(mail(), copied)).toEqual({});
    threeInOneTrace(otel);
  });
});
