import type { Context, TextMapPropagator } from '@opentelemetry/api';
import {
  context,
  metrics as metricsApi,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { logs as logsApi } from '@opentelemetry/api-logs';
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core';
import type { ResourceDetector } from '@opentelemetry/resources';
import { resourceFromAttributes } from '@opentelemetry/resources';
import type { LogRecordProcessor } from '@opentelemetry/sdk-logs';
import {
  BatchLogRecordProcessor,
  InMemoryLogRecordExporter,
  SimpleLogRecordProcessor,
} from '@opentelemetry/sdk-logs';
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import {
  AggregationTemporality,
  AggregationType,
  InMemoryMetricExporter,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import type { NodeSDKConfiguration } from '@opentelemetry/sdk-node';
import { NodeSDK } from '@opentelemetry/sdk-node';
import type { IdGenerator, Sampler, SpanProcessor } from '@opentelemetry/sdk-trace-base';
import { BatchSpanProcessor, InMemorySpanExporter, SamplingDecision } from '@opentelemetry/sdk-trace-base';
import type { Signalbox } from 'signalbox';
import { createSignalbox, SignalboxError } from 'signalbox';
import type { ExportersOptions } from 'signalbox/sdk';
import { exporters, nodeSdk } from 'signalbox/sdk';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { ExportCallback } from '../../src/sdk/exporter-like.js';
import { resetOtel } from '../support/otel.js';
import { inSpan, PAYMENT } from './app.js';
import type { Kept } from './helpers.js';
import { KeptLogs, KeptMetrics, KeptSpans, settle } from './helpers.js';

const VARIABLES = {
  traces: 'OTEL_TRACES_EXPORTER',
  logs: 'OTEL_LOGS_EXPORTER',
  metrics: 'OTEL_METRICS_EXPORTER',
};

beforeEach(() => {
  for (const variable of Object.values(VARIABLES)) vi.stubEnv(variable, 'none');
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
  resetOtel();
});

/** Ids in the order of the spans, so that two runs can be compared. */
class Counted implements IdGenerator {
  #n = 0;
  readonly generateTraceId = (): string => (++this.#n).toString(16).padStart(32, '0');
  readonly generateSpanId = (): string => (++this.#n).toString(16).padStart(16, '0');
}

const noHealthChecks: Sampler = {
  shouldSample: (_context, _traceId, name) => ({
    decision: name === 'GET /health' ? SamplingDecision.RECORD : SamplingDecision.RECORD_AND_SAMPLED,
    attributes: { sampled: 'by name' },
  }),
  toString: () => 'no health checks',
};

const tenant: TextMapPropagator = {
  inject: (_context, carrier, setter) => setter.set(carrier, 'x-tenant', 'shop'),
  extract: (given) => given,
  fields: () => ['x-tenant'],
};

const detectors: ResourceDetector[] = [
  { detect: () => ({ attributes: { 'host.name': 'here' } }) },
  { detect: () => ({ attributes: { 'host.id': Promise.resolve('later') } }) },
];

/** What someone who writes no class by hand would make of the interface. */
function handMade(given: string[]) {
  return {
    instrumentationName: 'hand.made',
    instrumentationVersion: '1.0.0',
    enable: () => void given.push('enable'),
    disable: () => void given.push('disable'),
    setTracerProvider: () => void given.push('tracer'),
    setMeterProvider: () => void given.push('meter'),
    setLoggerProvider: () => void given.push('logger'),
    setConfig: () => {},
    getConfig: () => ({}),
  };
}

/** The SDK's in-memory exporters forget everything when they are shut down. */
class AppSpans extends InMemorySpanExporter {
  override async shutdown(): Promise<void> {}
}
class AppLogs extends InMemoryLogRecordExporter {
  override async shutdown(): Promise<void> {}
}

/** Everything that an app's own telemetry consists of, in a form that two runs can be compared by. */
class App {
  readonly spans = new AppSpans();
  readonly logs = new AppLogs();
  readonly metrics = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  readonly deltas = new InMemoryMetricExporter(AggregationTemporality.DELTA);
  readonly calls: string[] = [];
  readonly carrier: Record<string, string> = {};
  readonly extracted: unknown[] = [];

  readonly spanProcessor: SpanProcessor = {
    onStart: (span) => {
      this.calls.push(`start ${(span as unknown as { name: string }).name}`);
      span.setAttribute('added', 'on start');
    },
    onEnd: (span) => void this.calls.push(`end ${span.name}`),
    forceFlush: async () => {},
    shutdown: async () => void this.calls.push('span processor shut down'),
  };
  readonly logProcessor: LogRecordProcessor = {
    onEmit: (record) => void record.setAttribute('added', 'on emit'),
    forceFlush: async () => {},
    shutdown: async () => void this.calls.push('log processor shut down'),
  };

  reader(exporter: InMemoryMetricExporter): PeriodicExportingMetricReader {
    return new PeriodicExportingMetricReader({
      exporter,
      exportIntervalMillis: 5000,
      exportTimeoutMillis: 1000,
    });
  }

  /** The options that all variants have in common. */
  common(): Partial<NodeSDKConfiguration> {
    return {
      serviceName: 'shop',
      resource: resourceFromAttributes({ 'deployment.environment.name': 'test' }),
      resourceDetectors: detectors,
      sampler: noHealthChecks,
      idGenerator: new Counted(),
      spanLimits: { eventCountLimit: 3 },
      textMapPropagator: new CompositePropagator({
        propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator(), tenant],
      }),
      views: [
        {
          instrumentName: 'http.*',
          meterName: 'app',
          attributesProcessors: [{ process: ({ route }) => ({ route: route ?? '' }) }],
        },
        {
          instrumentName: 'latency',
          name: 'renamed',
          aggregation: { type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM, options: { boundaries: [1, 2] } },
        },
        { instrumentName: 'unwanted', aggregation: { type: AggregationType.DROP } },
      ],
      instrumentations: [handMade(this.calls), [handMade(this.calls)]] as never,
    };
  }

  /** What the app does in its life. */
  async live(): Promise<void> {
    const tracer = trace.getTracer('app', '1.2.3');
    const meter = metricsApi.getMeter('app');
    const logger = logsApi.getLogger('app');
    const requests = meter.createCounter('http.requests');
    const latency = meter.createHistogram('latency');
    meter.createCounter('unwanted').add(1);
    meter.createObservableGauge('queue').addCallback((result) => result.observe(7, { queue: 'mail' }));
    const parent: Context = propagation.extract(ROOT_CONTEXT, {
      traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
      baggage: 'user=ada',
    });
    this.extracted.push(propagation.getBaggage(parent)?.getEntry('user')?.value);
    for (let i = 0; i < 3; i++) {
      context.with(parent, () =>
        tracer.startActiveSpan('GET /', { kind: SpanKind.SERVER, attributes: { i } }, (span) => {
          requests.add(1, { route: '/', user: `u${i}` });
          latency.record(i + 0.5, { i });
          logger.emit({ body: `request ${i}`, severityNumber: 9, attributes: { i } });
          const query = tracer.startSpan('query', { links: [{ context: span.spanContext() }] });
          vi.advanceTimersByTime(1000);
          for (let n = 0; n < 5; n++) query.addEvent(`row ${n}`);
          if (i === 2) query.recordException('gone');
          query.setStatus({ code: i === 2 ? SpanStatusCode.ERROR : SpanStatusCode.UNSET });
          query.end();
          propagation.inject(context.active(), this.carrier);
          span.end();
        }),
      );
      tracer.startSpan('GET /health').end();
      await vi.advanceTimersByTimeAsync(6000);
    }
    logger.emit({ eventName: 'app.done', body: { nested: [1, 'two'] } });
  }

  get telemetry(): object {
    return {
      spans: this.spans.getFinishedSpans().map((span) => ({
        ...shown(span, ['name', 'kind', 'startTime', 'endTime', 'status', 'attributes', 'events', 'links']),
        ids: span.spanContext(),
        parent: span.parentSpanContext,
        dropped: span.droppedEventsCount,
        scope: span.instrumentationScope,
        resource: span.resource.attributes,
      })),
      logs: this.logs.getFinishedLogRecords().map((record) => ({
        ...shown(record, ['hrTime', 'severityNumber', 'body', 'eventName', 'attributes', 'spanContext']),
        scope: record.instrumentationScope,
        resource: record.resource.attributes,
      })),
      metrics: this.metrics.getMetrics().map(metricsShown),
      deltas: this.deltas.getMetrics().map(metricsShown),
      calls: this.calls,
      carrier: this.carrier,
      extracted: this.extracted,
    };
  }
}

// The SDK's clock goes on by the microsecond under fake timers too: the two runs are alike to the second.
function shown<T extends object>(from: T, keys: readonly (keyof T)[]): object {
  const whole = (key: string, value: unknown): unknown =>
    /time$/i.test(key) ? (value as readonly number[])[0] : value;
  return Object.fromEntries(
    keys.map((key) => [key, whole(String(key), JSON.parse(JSON.stringify(from[key] ?? null, whole)))]),
  );
}

// Where there is no other destination of other telemetry, a box tells of itself by metrics through the app's own SDK.
function metricsShown({ resource, scopeMetrics }: ResourceMetrics): object {
  const scopes = scopeMetrics.filter(({ scope }) => scope.name !== 'signalbox');
  return { resource: resource.attributes, scopes: structuredClone(scopes) };
}

type Options = Partial<NodeSDKConfiguration>;

/** The ways in which apps hand their own exporters to NodeSDK. */
const VARIANTS: Readonly<Record<string, (app: App) => Options>> = {
  'a traceExporter, a metricReader and logRecordProcessors': (app) => ({
    traceExporter: app.spans,
    metricReader: app.reader(app.metrics),
    logRecordProcessors: [app.logProcessor, new SimpleLogRecordProcessor({ exporter: app.logs })],
  }),
  'lists of span processors, metric readers and log processors': (app) => ({
    spanProcessors: [app.spanProcessor, new BatchSpanProcessor(app.spans)],
    metricReaders: [app.reader(app.metrics), app.reader(app.deltas)],
    logRecordProcessors: [app.logProcessor, new BatchLogRecordProcessor({ exporter: app.logs })],
  }),
  'single, deprecated options': (app) => ({
    spanProcessor: new BatchSpanProcessor(app.spans),
    metricReader: app.reader(app.deltas),
    logRecordProcessor: new SimpleLogRecordProcessor({ exporter: app.logs }),
  }),
  'spans alone': (app) => ({ traceExporter: app.spans }),
};

const kept = (): ExportersOptions => ({
  logs: new KeptLogs(),
  spans: new KeptSpans(),
  metrics: new KeptMetrics(),
});
const BOXES: Readonly<Record<string, () => Signalbox>> = {
  'a box without destinations': () => createSignalbox(),
  'a destination beside': () => createSignalbox({ destinations: { mine: exporters(kept()) } }),
  'a destination of other telemetry': () =>
    createSignalbox({
      destinations: { mine: exporters(kept()), other: exporters(kept()) },
      otherTelemetry: 'mine',
      routes: [{ signals: PAYMENT, to: 'other' }],
    }),
  'a destination of other telemetry for spans alone': () =>
    createSignalbox({
      destinations: { mine: exporters({ spans: new KeptSpans() }) },
      otherTelemetry: 'mine',
    }),
};

async function run(app: App, options: Options, box?: Signalbox): Promise<object> {
  vi.useFakeTimers({ now: Date.UTC(2024, 0, 1) });
  const sdk = new NodeSDK(box ? nodeSdk(box, options) : options);
  sdk.start();
  await app.live();
  const stopped = sdk.shutdown();
  await vi.advanceTimersByTimeAsync(10_000);
  await stopped;
  vi.useRealTimers();
  resetOtel();
  return app.telemetry;
}

describe("an app's own telemetry", () => {
  describe.each(Object.keys(VARIANTS))('with %s', (variant) => {
    test.each(Object.keys(BOXES))('nodeSdk() - is what it was, item for item, with %s', async (which) => {
      const options = (app: App): Options => ({ ...app.common(), ...VARIANTS[variant]?.(app) });
      const [without, withBox] = [new App(), new App()];
      const before = await run(without, options(without));
      const after = await run(withBox, options(withBox), BOXES[which]?.());
      if (variant === 'spans alone') {
        // The reader of a destination of other telemetry gives the app a MeterProvider that it had not: instrumentations are told.
        withBox.calls.splice(0, withBox.calls.length, ...withBox.calls.filter((call) => call !== 'meter'));
        without.calls.splice(0, without.calls.length, ...without.calls.filter((call) => call !== 'meter'));
      }
      expect(after).toEqual(before);
    });
  });

  test('nodeSdk() - the comparison sees all there is to see', async () => {
    const app = new App();
    const variant = VARIANTS['lists of span processors, metric readers and log processors'];
    const telemetry = (await run(app, { ...app.common(), ...variant?.(app) })) as Record<string, unknown[]>;
    expect(telemetry.spans).toHaveLength(6);
    expect(telemetry.logs).toHaveLength(4);
    expect(telemetry.metrics?.length).toBeGreaterThanOrEqual(4);
    expect(telemetry.deltas?.length).toBeGreaterThanOrEqual(4);
    expect(telemetry.calls).toContain('start GET /health');
    expect(telemetry.calls?.filter((call) => call === 'meter')).not.toEqual([]);
    expect(Object.keys(telemetry.carrier ?? {}).sort()).toEqual(['baggage', 'traceparent', 'x-tenant']);
    const text = JSON.stringify(telemetry);
    for (const detail of [
      '"host.id":"later"',
      '"added":"on emit"',
      '"renamed"',
      '"sampled":"by name"',
      'gone',
    ])
      expect(text).toContain(detail);
    expect(text).not.toContain('unwanted');
  });

  test('nodeSdk() - signals add their events to its spans, and nothing else anywhere', async () => {
    const spans = new InMemorySpanExporter();
    const logs = new InMemoryLogRecordExporter();
    const metrics = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    const mine = { logs: new KeptLogs(), spans: new KeptSpans(), metrics: new KeptMetrics() };
    const box = createSignalbox({ destinations: { mine: exporters(mine) }, otherTelemetry: 'mine' });
    const sdk = new NodeSDK(
      nodeSdk(box, {
        autoDetectResources: false,
        traceExporter: spans,
        logRecordProcessors: [new SimpleLogRecordProcessor({ exporter: logs })],
        metricReaders: [new PeriodicExportingMetricReader({ exporter: metrics })],
      }),
    );
    sdk.start();
    inSpan('work', () => box.emit(PAYMENT, { currency: 'EUR', took: 80 }));
    await box.forceFlush();
    expect(spans.getFinishedSpans().map(({ name, events }) => [name, events.map((e) => e.name)])).toEqual([
      ['work', ['payment.processed']],
    ]);
    expect(logs.getFinishedLogRecords()).toEqual([]);
    expect(metrics.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics)).toEqual([]);
    expect(mine.spans.names).toEqual(['work']);
    expect(mine.logs.names).toEqual(['payment.processed']);
    await box.shutdown();
    await sdk.shutdown();
  });
});

describe('the traceExporter', () => {
  /** Holds its answers back until it is told. */
  class Slow extends KeptSpans {
    readonly waiting: (() => void)[] = [];
    override export(batch: unknown, done: ExportCallback): void {
      this.waiting.push(() => super.export(batch, done));
    }
    answer(): void {
      for (const one of this.waiting.splice(0)) one();
    }
  }

  test('traceExporter - has the queue and the batches that the environment gives to NodeSDK, with and without a box', async () => {
    vi.stubEnv('OTEL_BSP_MAX_QUEUE_SIZE', '10');
    vi.stubEnv('OTEL_BSP_MAX_EXPORT_BATCH_SIZE', '4');
    vi.stubEnv('OTEL_BSP_SCHEDULE_DELAY', '200');
    vi.stubEnv('OTEL_BSP_EXPORT_TIMEOUT', '3000');
    const results: object[] = [];
    for (const box of [undefined, BOXES['a destination beside']?.()]) {
      vi.useFakeTimers();
      const traceExporter = new Slow();
      const options = { autoDetectResources: false, traceExporter };
      const sdk = new NodeSDK(box ? nodeSdk(box, options) : options);
      sdk.start();
      for (let i = 0; i < 30; i++) inSpan(`burst ${i}`, () => {});
      await vi.advanceTimersByTimeAsync(100);
      const first = traceExporter.waiting.length;
      for (let i = 0; i < 10; i++) {
        traceExporter.answer();
        await vi.advanceTimersByTimeAsync(300);
      }
      inSpan('later', () => {});
      await vi.advanceTimersByTimeAsync(199);
      const early = traceExporter.waiting.length;
      await vi.advanceTimersByTimeAsync(1);
      results.push({ first, early, late: traceExporter.waiting.length, names: traceExporter.names });
      traceExporter.answer();
      const stopped = sdk.shutdown();
      await vi.advanceTimersByTimeAsync(5000);
      await stopped;
      expect(traceExporter.calls.at(-1)).toBe('shutdown');
      vi.useRealTimers();
      resetOtel();
    }
    expect(results[0]).toMatchObject({ first: 1, early: 0, late: 1 });
    expect((results[0] as { names: string[] }).names).toHaveLength(14);
    expect(results[1]).toEqual(results[0]);
  });
});

describe('what nodeSdk() adds', () => {
  const box = (options: ExportersOptions, isDefault = true): Signalbox =>
    createSignalbox({
      destinations: { mine: exporters(options) },
      ...(isDefault ? { otherTelemetry: 'mine' } : {}),
    });

  test('nodeSdk() - nothing but its instrumentation where no destination needs more', () => {
    expect(Object.keys(nodeSdk(createSignalbox()))).toEqual(['instrumentations']);
    const logsBeside = box({ logs: new KeptLogs(), metrics: new KeptMetrics() }, false);
    expect(Object.keys(nodeSdk(logsBeside, { serviceName: 'shop' })).sort()).toEqual([
      'instrumentations',
      'serviceName',
    ]);
  });

  test('nodeSdk() - a span processor for spans, a log processor and a reader where the destination of other telemetry takes logs and metrics', () => {
    const made = nodeSdk(box(kept()));
    expect(made.spanProcessors).toHaveLength(1);
    expect(made.logRecordProcessors).toHaveLength(1);
    expect(made.metricReaders).toHaveLength(1);
    expect(nodeSdk(box({ spans: new KeptSpans() })).metricReaders).toBeUndefined();
  });

  test("nodeSdk() - its own come after the app's, and the app's lists stay as they were", () => {
    const [spanProcessor, log] = [new App().spanProcessor, new App().logProcessor];
    const reader = new App().reader(new App().metrics);
    const options = {
      spanProcessors: [spanProcessor],
      logRecordProcessors: [log],
      metricReaders: [reader],
      instrumentations: [],
    };
    const made = nodeSdk(box(kept()), options);
    expect(made.spanProcessors[0]).toBe(spanProcessor);
    expect(made.logRecordProcessors[0]).toBe(log);
    expect(made.metricReaders[0]).toBe(reader);
    expect(made.spanProcessors).toHaveLength(2);
    expect(options.spanProcessors).toEqual([spanProcessor]);
    expect(options.instrumentations).toEqual([]);
  });

  test('nodeSdk() - box.instrumentation() among the options too is no trouble', async () => {
    const mine = kept();
    const same = box(mine);
    const sdk = new NodeSDK(
      nodeSdk(same, { autoDetectResources: false, instrumentations: [same.instrumentation()] }),
    );
    sdk.start();
    same.emit(PAYMENT, { currency: 'EUR', took: 1 });
    await same.forceFlush();
    expect((mine.logs as KeptLogs).records).toHaveLength(1);
    await sdk.shutdown();
  });

  test('nodeSdk() - with OTEL_SDK_DISABLED everything is a no-op', async () => {
    vi.stubEnv('OTEL_SDK_DISABLED', 'true');
    const mine = kept();
    const off = box(mine);
    const sdk = new NodeSDK(nodeSdk(off));
    sdk.start();
    inSpan('work', () => off.emit(PAYMENT, { currency: 'EUR', took: 1 }));
    await off.forceFlush();
    await settle();
    for (const exporter of Object.values(mine)) expect((exporter as Kept<object>).batches).toEqual([]);
    await sdk.shutdown();
  });
});

describe('conflicts', () => {
  const all = (): Signalbox =>
    createSignalbox({ destinations: { mine: exporters(kept()) }, otherTelemetry: 'mine' });
  const beside = (): Signalbox => createSignalbox({ destinations: { mine: exporters(kept()) } });
  const given = {} as never;

  test.each([
    ['traceExporter', 'spanProcessors'],
    ['traceExporter', 'spanProcessor'],
    ['spanProcessor', 'spanProcessors'],
    ['logRecordProcessor', 'logRecordProcessors'],
    ['metricReader', 'metricReaders'],
  ])('nodeSdk() - %s and %s together are told by name', (ignored, used) => {
    const options = { [ignored]: given, [used]: used.endsWith('s') ? [given] : given };
    expect(() => nodeSdk(all(), options)).toThrow(
      new SignalboxError(
        `nodeSdk: both ${ignored} and ${used} are given, and NodeSDK ignores ${ignored} then. Put it into ${used}, or leave one out.`,
      ),
    );
  });

  test.each(['instrumentations', 'spanProcessors', 'logRecordProcessors', 'metricReaders'])(
    'nodeSdk() - %s that is no list is told by name',
    (name) => {
      expect(() => nodeSdk(all(), { [name]: 'one' } as never)).toThrow(
        new SignalboxError(`nodeSdk: ${name} is 'one'. Give a list.`),
      );
    },
  );

  const CASES = [
    ['traces', 'traceExporter', { traceExporter: new KeptSpans() }],
    ['logs', 'logRecordProcessors', { logRecordProcessors: [new App().logProcessor] }],
    ['metrics', 'metricReaders', { metricReaders: [new App().reader(new App().metrics)] }],
  ] as const;

  describe.each(CASES)('exporters of %s from the environment', (kind, option, own) => {
    const variable = VARIABLES[kind];

    test('nodeSdk() - are told by name where the destination of other telemetry would switch them off', () => {
      vi.stubEnv(variable, 'otlp');
      expect(() => nodeSdk(all())).toThrow(
        new SignalboxError(
          `nodeSdk: ${variable} is 'otlp', which the box's destinations would switch off. Give ${option} in the options, or set ${variable}=none.`,
        ),
      );
    });

    test.each(['none', ' none ', '', undefined])('nodeSdk() - %j asks for none', (value) => {
      vi.stubEnv(variable, value);
      expect(() => nodeSdk(all())).not.toThrow();
    });

    test('nodeSdk() - count no more where the app gives its own', () => {
      vi.stubEnv(variable, 'otlp');
      expect(() => nodeSdk(all(), own as object)).not.toThrow();
    });

    test('nodeSdk() - go on where no destination is in their way', () => {
      vi.stubEnv(variable, 'otlp');
      const box = createSignalbox({ destinations: { mine: exporters({ logs: new KeptLogs() }) } });
      const made: object = nodeSdk(box);
      expect(Object.keys(made)).toEqual(['instrumentations']);
    });
  });

  test.each([undefined, ''])(
    'nodeSdk() - a destination of spans beside those that NodeSDK builds by itself is told (OTEL_TRACES_EXPORTER=%j)',
    (value) => {
      vi.stubEnv(VARIABLES.traces, value);
      expect(() => nodeSdk(beside())).toThrow(
        new SignalboxError(
          "nodeSdk: NodeSDK builds exporters from the environment where traceExporter is not given, which the box's destinations would switch off. Give traceExporter in the options, or set OTEL_TRACES_EXPORTER=none.",
        ),
      );
    },
  );

  test.each([
    [undefined, 'nodeSdk: the box is undefined. Give what createSignalbox returned.'],
    [
      { serviceName: 'shop' },
      'nodeSdk: the box is a value of type object. Give what createSignalbox returned.',
    ],
  ])('nodeSdk() - what is no box is told', (box, message) => {
    expect(() => nodeSdk(box as never)).toThrow(new SignalboxError(message));
  });
});
