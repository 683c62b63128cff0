import type { ContextManager } from '@opentelemetry/api';
import { context, diag, metrics, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { logs } from '@opentelemetry/api-logs';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import type { LogRecordProcessor } from '@opentelemetry/sdk-logs';
import type { SpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { SinkFunction } from 'signalbox';
import { createSignalbox, defineSignal, field, when } from 'signalbox';
import { createJobs } from 'signalbox/jobs';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { recordDiag, resetOtel, startOtel } from '../support/otel.js';
import { broken, PAID, play, UNTROUBLED } from './app.js';
import { hostile, trouble, unreadable } from './hostile.js';
import { noUnhandledRejections } from './rejections.js';

noUnhandledRejections();
afterEach(resetOtel);

let told: string[];
beforeEach(() => {
  told = recordDiag();
});

const quiet = { forceFlush: () => Promise.resolve(), shutdown: () => Promise.resolve() };

describe('the app never pays for its telemetry', () => {
  test('the app itself - sees what it should where nothing is wrong', async () => {
    startOtel();
    expect(await play(createSignalbox())).toEqual(UNTROUBLED);
    expect(told).toEqual([]);
  });

  test('without an SDK - the app sees nothing, and is told once that its logs go nowhere', async () => {
    expect(await play(createSignalbox())).toEqual(UNTROUBLED);
    expect(told).toEqual([expect.stringContaining('no LoggerProvider is registered')]);
  });

  test('an emit where no stack is left - throws nothing but what its call itself costs, and spoils no later one', async () => {
    const kept: string[] = [];
    const box = createSignalbox({ destinations: { kept: (emission) => void kept.push(emission.signal) } });
    const deep = (): void => {
      try {
        deep();
      } catch (error) {
        box.emit(PAID, { bill: 'b', currency: 'EUR', took: 1 });
        throw error;
      }
    };
    for (let i = 0; i < 5; i++) {
      expect(deep).toThrow(RangeError);
      await box.forceFlush();
    }
    const before = kept.length;
    box.emit(PAID, { bill: 'b', currency: 'EUR', took: 1 });
    await box.forceFlush();
    expect(kept.length - before).toBe(1);
    expect(box.stats().refused).not.toHaveProperty('conflict');
  });

  test('a meter whose instruments can not be let go - shutdown() and disable() go on all the same', async () => {
    const otel = startOtel();
    const meter = otel.meterProvider.getMeter('signalbox');
    const prototype = Object.getPrototypeOf(Object.getPrototypeOf(meter.createObservableGauge('any')));
    const removed = vi.spyOn(prototype, 'removeCallback').mockImplementation(trouble);
    const [closing, disabling] = [createSignalbox(), createSignalbox()];
    await expect(closing.shutdown()).resolves.toMatchObject({ complete: true });
    expect(() => disabling.disable()).not.toThrow();
    expect(removed).toHaveBeenCalled();
    removed.mockRestore();
  });

  const sinks: Record<string, SinkFunction> = {
    'that throws': trouble,
    'that throws what can not be read': hostile,
    'that rejects': () => Promise.reject(new Error('telemetry trouble')),
    'that rejects with nothing': () => Promise.reject(),
    'whose thenable throws': () => Object.defineProperty({}, 'then', { value: trouble }) as never,
    'whose answer can not be read': () =>
      ({
        get dropped() {
          return trouble();
        },
      }) as never,
  };
  test.each(Object.entries(sinks))('a sink %s - is counted and told', async (_, fn) => {
    const seen = await play(createSignalbox({ destinations: { alerts: fn } }));
    expect(seen).toEqual(UNTROUBLED);
    expect(told).toEqual(expect.arrayContaining([expect.stringContaining("'alerts': its sink failed")]));
  });

  test('a sink that throws - fails each emission once, and the sinks beside it get theirs', async () => {
    let arrived = 0;
    const box = createSignalbox({ destinations: { alerts: trouble, other: () => void arrived++ } });
    for (let i = 0; i < 5; i++) box.emit(PAID, { bill: 'b', currency: 'EUR', took: 1 });
    await box.forceFlush();
    const { alerts, other } = box.stats().destinations;
    expect(alerts?.channels.sink).toMatchObject({ routed: 5, failed: 5, delivered: 0, queued: 0 });
    expect(other?.channels.sink).toMatchObject({ routed: 5, delivered: 5 });
    expect(arrived).toBe(5);
  });

  test.each<[string, LogRecordProcessor]>([
    ['onEmit', { ...quiet, onEmit: trouble }],
    ['onEmit, with what can not be read', { ...quiet, onEmit: hostile }],
    ['enabled', { ...quiet, onEmit: () => undefined, enabled: trouble }],
    ['forceFlush', { ...quiet, onEmit: trouble, forceFlush: trouble }],
  ])('a log processor that throws in %s - every record is counted failed', async (_, processor) => {
    startOtel({ logProcessors: [processor] });
    const box = createSignalbox();
    expect(await play(box)).toEqual(UNTROUBLED);
    const counts = box.stats().destinations.otel?.channels;
    expect(counts?.logs).toMatchObject({ handedOver: 0, failed: counts?.logs?.routed, queued: 0 });
    expect(counts?.metrics).toMatchObject({ failed: 0, dropped: {} });
    expect(told).toEqual([expect.stringContaining("the app's log pipeline threw")]);
  });

  test.each<[string, SpanProcessor, string]>([
    ['onStart', { ...quiet, onStart: trouble, onEnd: () => undefined }, 'startSpan'],
    ['onEnd', { ...quiet, onStart: () => undefined, onEnd: trouble }, 'end'],
    ['both', { ...quiet, onStart: hostile, onEnd: hostile }, 'startSpan'],
  ])('a span processor that throws in %s - is told', async (_, processor, where) => {
    const otel = startOtel({ spanProcessors: [processor] });
    const box = createSignalbox();
    expect(await play(box)).toEqual(UNTROUBLED);
    expect(told).toEqual([expect.stringContaining(`the app's tracing threw on ${where}`)]);
    expect(otel.logs('job.completed').length).toBeGreaterThan(0);
  });

  test('a sampler that throws - is told, and the records of the jobs are there all the same', async () => {
    const otel = startOtel({ sampler: { shouldSample: trouble } });
    expect(await play(createSignalbox())).toEqual(UNTROUBLED);
    expect(told).toEqual([expect.stringContaining("the app's tracing threw on startSpan")]);
    expect(otel.logs('job.completed')).toHaveLength(4);
  });

  test("a view's attribute processor that throws - every point of its metric is counted failed", async () => {
    startOtel({ views: [{ instrumentName: 'bill.*', attributesProcessors: [{ process: trouble }] }] });
    const box = createSignalbox();
    expect(await play(box)).toEqual(UNTROUBLED);
    const { routed, handedOver, failed } = box.stats().destinations.otel?.channels.metrics ?? {};
    expect(failed).toBe(2);
    expect(handedOver).toBe((routed ?? 0) - 2);
    expect(told).toEqual([expect.stringContaining("the app's metrics pipeline threw")]);
  });

  describe('a context manager', () => {
    const base = {
      active: () => ROOT_CONTEXT,
      with: ((_context: unknown, fn: () => unknown) => fn()) as ContextManager['with'],
      bind: (_context: unknown, target: unknown) => target,
      enable: () => managerOf({}),
      disable: () => managerOf({}),
    };
    function managerOf(parts: object): ContextManager {
      return { ...base, ...parts } as ContextManager;
    }
    test.each([
      ['that throws in active()', { active: trouble }],
      ['that throws what can not be read in active()', { active: hostile }],
      ['that has no context', { active: () => undefined }],
      ['whose context is none', { active: () => ({}) }],
      ['that throws in with(), before the call', { with: trouble }],
      [
        'that throws in with(), after the call',
        { with: (_c: unknown, fn: () => unknown) => [fn(), trouble()] },
      ],
      ['that calls twice', { with: (_c: unknown, fn: () => unknown) => [fn(), fn()] }],
      ['that does not call', { with: () => undefined }],
      ['that answers something else', { with: (_c: unknown, fn: () => unknown) => void fn() }],
    ])('%s - every handler runs once and its outcome comes through', async (_, parts) => {
      startOtel({ contextManager: managerOf(parts) });
      expect(await play(createSignalbox({ destinations: { quiet: () => undefined } }))).toEqual(UNTROUBLED);
    });

    test.each([
      ['active()', { active: trouble }],
      ['with()', { with: trouble }],
    ])('that throws in %s - is told', async (where, parts) => {
      startOtel({ contextManager: managerOf(parts) });
      await play(createSignalbox());
      expect(told).toEqual([expect.stringContaining(`the app's context manager threw in ${where}`)]);
    });
  });

  test('a propagator that throws - is told; attempts stand alone', async () => {
    const propagator = { inject: trouble, extract: trouble, fields: () => [] };
    const otel = startOtel({ propagator });
    expect(await play(createSignalbox())).toEqual(UNTROUBLED);
    expect(otel.spans('process bill').length).toBeGreaterThan(0);
    expect(told).toEqual([
      expect.stringContaining("the app's propagator threw in inject()"),
      expect.stringContaining("the app's propagator threw in extract()"),
    ]);
  });

  test('a propagator that throws on what it reads - is told; attempts stand alone', async () => {
    const otel = startOtel({ propagator: { inject: () => undefined, extract: trouble, fields: () => [] } });
    const box = createSignalbox();
    const queue = createJobs(box).queue('q');
    queue.attempt({ job: { id: '1' }, carrier: { traceparent: 'x' } }).completed();
    expect(otel.spans('process q')[0]?.parentSpanContext).toBeUndefined();
    expect(told).toEqual([expect.stringContaining("the app's propagator threw in extract()")]);
  });

  const providers = {
    'that throw for everything': { getTracer: trouble, getMeter: trouble, getLogger: trouble },
    'that give nothing': {
      getTracer: () => undefined,
      getMeter: () => undefined,
      getLogger: () => undefined,
    },
    'that give things that throw': {
      getTracer: () => ({ startSpan: trouble }),
      getMeter: () => new Proxy({}, { get: () => trouble }),
      getLogger: () => ({ emit: trouble }),
    },
    'that can not be looked at': new Proxy({}, { get: trouble }),
    'whose proxies throw': { getDelegate: trouble, _getDelegate: trouble, getMeter: trouble },
    'that throw when flushed': {
      getTracer: () => undefined,
      getMeter: () => undefined,
      getLogger: () => undefined,
      forceFlush: trouble,
    },
    'that reject when flushed': {
      getTracer: () => undefined,
      getMeter: () => undefined,
      getLogger: () => undefined,
      forceFlush: () => Promise.reject(new Error('telemetry trouble')),
    },
  };
  test.each(Object.entries(providers))('providers %s - the app sees nothing', async (_, provider) => {
    trace.setGlobalTracerProvider(provider as never);
    metrics.setGlobalMeterProvider(provider as never);
    logs.setGlobalLoggerProvider(provider as never);
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    const box = createSignalbox();
    expect(await play(box)).toEqual(UNTROUBLED);
    const counts = box.stats().destinations.otel?.channels.logs;
    expect(counts).toMatchObject({ handedOver: 0, queued: 0 });
    expect(told).not.toEqual([]);
  });

  test('a diag logger that throws - the app sees nothing of that either', async () => {
    resetOtel();
    startOtel({ logProcessors: [{ ...quiet, onEmit: trouble }], sampler: { shouldSample: trouble } });
    diag.setLogger({ error: trouble, warn: trouble, info: trouble, debug: trouble, verbose: trouble });
    const box = createSignalbox({
      destinations: { alerts: trouble },
      routes: [{ signals: '*', to: ['otel', 'alerts'] }],
    });
    expect(await play(box)).toEqual(UNTROUBLED);
    expect(box.stats().destinations.alerts?.channels.sink?.failed).toBeGreaterThan(0);
  });
});

describe("the app's own functions, called by the library", () => {
  const alerts: string[] = [];
  beforeEach(() => void alerts.splice(0));
  const keepAlert: SinkFunction = (emission) => void alerts.push(emission.message);

  test.each([
    ['throws', trouble],
    ['throws what can not be read', hostile],
    ['answers something else', (() => 'yes') as never],
  ])('a condition that %s - counts as no match', async (_, test) => {
    const box = createSignalbox({
      destinations: { alerts: keepAlert },
      routes: [{ signals: when(PAID, test), to: 'alerts' }],
    });
    expect(await play(box)).toEqual(UNTROUBLED);
    expect(alerts).toEqual([]);
  });

  test('a condition that throws - is told, and the other routes apply', async () => {
    const box = createSignalbox({
      destinations: { alerts: keepAlert, all: () => undefined },
      routes: [
        { signals: when(PAID, trouble), to: 'alerts' },
        { signals: PAID, to: 'all' },
      ],
    });
    box.emit(PAID, { bill: 'b', currency: 'EUR', took: 1 });
    await box.forceFlush();
    expect(box.stats().destinations.all?.channels.sink).toMatchObject({ delivered: 1 });
    expect(told).toEqual([expect.stringContaining("the condition of a route on 'BILL_PAID' threw")]);
  });

  test('a message function that throws - the name stands in for the message, and it is told', async () => {
    const ODD = defineSignal('ODD_MESSAGE', { fields: { n: field.int() }, message: trouble });
    startOtel();
    const box = createSignalbox({ destinations: { alerts: keepAlert } });
    box.emit(ODD, { n: 1 });
    await box.forceFlush();
    expect(alerts).toEqual(['ODD_MESSAGE']);
    expect(told).toEqual([expect.stringContaining("the message function of 'ODD_MESSAGE' threw")]);
  });

  test.each([
    ['throws', trouble],
    ['answers no string', (() => 5) as never],
  ])('a redactText that %s - nothing of the error leaves, and it is told', async (_, redactText) => {
    const otel = startOtel();
    const box = createSignalbox({ redactText });
    expect(await play(box)).toEqual(UNTROUBLED);
    const failed = otel.logs('job.failed')[0];
    expect(failed?.attributes).toMatchObject({
      'exception.message': '[redacted]',
      'exception.stacktrace': '[redacted]',
    });
    expect(JSON.stringify([otel.logs(), otel.spans().map((s) => s.status)].flat(), leave)).not.toContain(
      broken.message,
    );
    expect(told).toEqual([expect.stringContaining('redactText')]);
  });

  test('a relation function that throws - the attempt is a child of its enqueue, and it is told', async () => {
    const otel = startOtel();
    const queue = createJobs(createSignalbox(), { relation: trouble }).queue('q');
    const enqueue = queue.enqueue({ id: '1' });
    enqueue.accepted();
    queue.attempt({ job: { id: '1' }, carrier: enqueue.carrier }).completed();
    expect(otel.spans('process q')[0]?.parentSpanContext?.spanId).toBe(
      otel.spans('enqueue q')[0]?.spanContext().spanId,
    );
    expect(told).toEqual([expect.stringContaining('the relation function threw')]);
  });

  test.each([
    ['throws', trouble],
    ['answers nothing', (() => undefined) as never],
    ['answers what can not be read', unreadable as never],
  ])(
    "an afterFailure that %s - the handler's own error comes through, and the job is abandoned",
    async (_, after) => {
      const otel = startOtel();
      const queue = createJobs(createSignalbox()).queue('q');
      let ran = 0;
      const processed = queue.process(
        { job: { id: '1' }, number: 1 },
        () => {
          ran++;
          throw broken;
        },
        after,
      );
      await expect(processed).rejects.toBe(broken);
      expect(ran).toBe(1);
      expect(otel.logs('job.abandoned')[0]?.attributes['job.abandon.reason']).toBe('not_retryable');
      expect(told).toEqual([expect.stringContaining('`afterFailure`')]);
    },
  );

  test.each([
    ['depth', { depth: trouble }],
    ['depth, later', { depth: () => Promise.reject(new Error('telemetry trouble')) }],
    ['oldestAgeMillis', { depth: () => ({ waiting: 1 }), oldestAgeMillis: trouble }],
    ['paused', { depth: () => ({ waiting: 1 }), paused: trouble }],
    ['totals', { depth: () => ({ waiting: 1 }), totals: trouble }],
  ])("a monitor's %s that throws - is told", async (_, options) => {
    startOtel();
    const monitor = createJobs(createSignalbox()).queue('q').monitor(options);
    await monitor.check();
    expect(told).toEqual([expect.stringContaining("the monitor of queue 'q' could not look at it")]);
  });

  test("a worker's slots that throw - spoil no collection", async () => {
    const otel = startOtel();
    const queue = createJobs(createSignalbox()).queue('q');
    queue.worker('w', { slots: trouble }).started();
    queue.attempt({ job: { id: '1' }, worker: 'w' });
    expect((await otel.points('job.active'))[0]?.value).toBe(1);
    // What is busy is known all the same.
    expect(await otel.points('worker.count')).toMatchObject([{ value: 1 }, { value: 0 }]);
    expect(told).toEqual([expect.stringContaining("the slots function of a worker of 'q' threw")]);
  });
});

/** Resources and scopes have cycles. */
function leave(key: string, value: unknown): unknown {
  return ['resource', 'instrumentationScope', '_sharedState'].includes(key) ? undefined : value;
}
