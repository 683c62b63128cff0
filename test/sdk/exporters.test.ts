import { ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { logs as logsApi } from '@opentelemetry/api-logs';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { InMemoryLogRecordExporter, SimpleLogRecordProcessor } from '@opentelemetry/sdk-logs';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import type { Sampler } from '@opentelemetry/sdk-trace-base';
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  InMemorySpanExporter,
  SamplingDecision,
} from '@opentelemetry/sdk-trace-base';
import { createSignalbox, SignalboxError, when } from 'signalbox';
import { exporters, spanProcessor } from 'signalbox/sdk';
import { afterEach, describe, expect, test } from 'vitest';
import { recordDiag, resetOtel } from '../support/otel.js';
import { EMAIL_SENT, inSpan, on, PAYMENT, REPORT, startSdk, stopSdks } from './app.js';
import { Kept, KeptLogs, KeptSpans, withContexts } from './helpers.js';

afterEach(async () => {
  await stopSdks();
  resetOtel();
});

const EUR = { currency: 'EUR', took: 80 } as const;

/** `all` is the default; `money` is routed payments alone. */
function start(options: Parameters<typeof startSdk>[1] = {}) {
  const all = { logs: new KeptLogs(), spans: new KeptSpans() };
  const money = { logs: new KeptLogs(), spans: new KeptSpans() };
  const box = createSignalbox({
    destinations: { all: exporters(all), money: exporters(money) },
    otherTelemetry: 'all',
    routes: [
      { signals: '*', to: 'all' },
      { signals: PAYMENT, to: 'money', reveal: ['user'] },
      { signals: EMAIL_SENT, to: 'money', channels: ['logs'] },
    ],
  });
  const sdk = startSdk(box, options);
  const tracer = trace.getTracer('app');
  return { all, money, box, sdk, tracer };
}

describe('log records', () => {
  test('log records - go where their signal is routed, and nowhere else', async () => {
    const { all, money, box } = start();
    box.emit(PAYMENT, EUR);
    box.emit(EMAIL_SENT, { template: 'welcome' });
    box.emit(REPORT);
    box.info('ready');
    await box.forceFlush();
    expect(all.logs.names).toEqual(['payment.processed', 'email.sent', 'report.generated', 'ready']);
    expect(money.logs.names).toEqual(['payment.processed', 'email.sent']);
  });

  test('log records - a revealed field arrives where it is revealed, and is redacted everywhere else', async () => {
    const { all, money, box } = start();
    inSpan('pay', () => box.emit(PAYMENT, { ...EUR, user: 'ada' }));
    await box.forceFlush();
    const plain = { 'payment.currency': 'EUR', 'payment.duration': 0.08 };
    expect(all.logs.records[0]?.attributes).toEqual({ ...plain, 'enduser.id': '[redacted]' });
    expect(money.logs.records[0]?.attributes).toEqual({ ...plain, 'enduser.id': 'ada' });
    // Messages and span events are shared by all who get them: nobody's secret may stand in them.
    expect(all.logs.records[0]?.body).toBe('Payment of [redacted]');
    expect(money.logs.records[0]?.body).toBe('Payment of [redacted]');
    for (const { spans } of [all, money])
      expect(spans.spans[0]?.events[0]?.attributes?.['enduser.id']).toBe('[redacted]');
  });

  test('log records - carry the time, the severity, the scope and the trace context of their emit', async () => {
    const { all, box, tracer } = start();
    const span = tracer.startSpan('work');
    box.emit(REPORT, {}, { context: on(span), severity: 'warn', timestamp: 1_700_000_000_123.456 });
    await box.forceFlush();
    expect(all.logs.records[0]).toMatchObject({
      hrTime: [1_700_000_000, 123_456_000],
      severityNumber: 13,
      severityText: 'WARN',
      spanContext: span.spanContext(),
      instrumentationScope: { name: 'signalbox' },
    });
  });

  test('log records - an active span that names no trace gives them no trace context', async () => {
    const logs = new KeptLogs();
    const box = createSignalbox({ destinations: { collector: exporters({ logs }) } });
    withContexts();
    inSpan('work', (span) => {
      expect(span.spanContext().traceId).toMatch(/^0+$/);
      box.emit(REPORT);
    });
    await box.forceFlush();
    expect(logs.records[0]?.spanContext).toBeUndefined();
  });

  test('log records - a condition and a severity route single emissions', async () => {
    const [large, errors] = [new KeptLogs(), new KeptLogs()];
    const box = createSignalbox({
      destinations: { large: exporters({ logs: large }), errors: exporters({ logs: errors }) },
      routes: [
        { signals: when(PAYMENT, ({ took }) => took > 1000), to: 'large' },
        { minSeverity: 'error', to: 'errors' },
      ],
    });
    box.emit(PAYMENT, EUR);
    box.emit(PAYMENT, { ...EUR, took: 2000 });
    box.emit(PAYMENT, EUR, { severity: 'error' });
    await box.forceFlush();
    expect(large.records.map(({ attributes }) => attributes['payment.duration'])).toEqual([2]);
    expect(errors.records.map(({ severityText }) => severityText)).toEqual(['ERROR']);
  });

  test('log records - of other loggers go to the destination of other telemetry alone, those of the box there once', async () => {
    const { all, money, box } = start();
    logsApi.getLogger('app').emit({ body: 'of the app', attributes: { n: 1 } });
    logsApi.getLogger('app').emit({ eventName: 'payment.processed' });
    box.emit(PAYMENT, EUR);
    await box.forceFlush();
    expect(all.logs.names).toEqual(['of the app', 'payment.processed', 'payment.processed']);
    expect(all.logs.records.map((record) => record.instrumentationScope.name)).toEqual([
      'app',
      'app',
      'signalbox',
    ]);
    expect(money.logs.names).toEqual(['payment.processed']);
    expect(box.stats().destinations.all?.channels.logs).toMatchObject({ routed: 3, delivered: 3 });
  });

  test("log records - routed to otel pass the app's own processors, and come back to no destination", async () => {
    const all = new KeptLogs();
    const own: unknown[] = [];
    const box = createSignalbox({
      destinations: { all: exporters({ logs: all }) },
      otherTelemetry: 'all',
      routes: [{ signals: REPORT, to: 'otel' }],
    });
    const processor = { onEmit: (record: { eventName?: string }) => own.push(record.eventName) };
    startSdk(box, {
      logRecordProcessors: [{ ...processor, forceFlush: async () => {}, shutdown: async () => {} }],
    });
    box.emit(REPORT);
    await box.forceFlush();
    expect(own).toEqual(['report.generated']);
    expect(all.records).toEqual([]);
  });
});

describe('spans', () => {
  test('spans - the signalling span, its open ancestors and what starts under it are routed; what was before, beside or elsewhere is not', async () => {
    const { all, money, box } = start();
    inSpan('unrelated', () => {});
    inSpan('request', () => {
      inSpan('before', () => {});
      inSpan('job', () => {
        inSpan('prepared', () => {});
        box.emit(PAYMENT, EUR);
        inSpan('after', () => inSpan('below', () => {}));
      });
      inSpan('sibling', () => {});
    });
    inSpan('later', () => {});
    await box.forceFlush();
    expect(money.spans.names).toEqual(['after', 'below', 'job', 'request']);
    expect(all.spans.names).toEqual(
      ['after', 'before', 'below', 'job', 'later', 'prepared', 'request', 'sibling', 'unrelated'].sort(),
    );
  });

  test('spans - an ancestor that ended before the signal is not routed, one above it that is open is', async () => {
    const { money, box, tracer } = start();
    const root = tracer.startSpan('root');
    const ended = tracer.startSpan('ended', {}, on(root));
    const work = tracer.startSpan('work', {}, on(ended));
    ended.end();
    box.emit(PAYMENT, EUR, { context: on(work) });
    work.end();
    root.end();
    await box.forceFlush();
    expect(money.spans.names).toEqual(['root', 'work']);
  });

  test('spans - a route to logs alone marks none', async () => {
    const { all, money, box } = start();
    inSpan('work', () => box.emit(EMAIL_SENT, { template: 'welcome' }));
    await box.forceFlush();
    expect(money.spans.names).toEqual([]);
    expect(all.spans.names).toEqual(['work']);
    expect(money.logs.names).toEqual(['email.sent']);
  });

  test('spans - are found behind what wraps them', async () => {
    const { money, box, tracer } = start();
    const span = tracer.startSpan('work');
    box.emit(PAYMENT, EUR, { context: on(trace.wrapSpanContext(span.spanContext())) });
    tracer.startSpan('below', {}, on(Object.create(span))).end();
    span.end();
    await box.forceFlush();
    expect(money.spans.names).toEqual(['below', 'work']);
  });

  test('spans - under a remote parent are routed like any other', async () => {
    const { money, box, tracer } = start();
    const remote = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1, isRemote: true };
    const parent = trace.setSpanContext(ROOT_CONTEXT, remote);
    const [one, two] = [tracer.startSpan('one', {}, parent), tracer.startSpan('two', {}, parent)];
    box.emit(PAYMENT, EUR, { context: on(one) });
    box.emit(PAYMENT, EUR, { context: parent });
    one.end();
    two.end();
    await box.forceFlush();
    expect(money.spans.names).toEqual(['one']);
  });

  test('spans - that are not sampled go nowhere, recorded or not', async () => {
    const sampler: Sampler = {
      shouldSample: (_context, _traceId, name) => ({
        decision:
          name === 'recorded'
            ? SamplingDecision.RECORD
            : name === 'sampled'
              ? SamplingDecision.RECORD_AND_SAMPLED
              : SamplingDecision.NOT_RECORD,
      }),
      toString: () => 'by name',
    };
    const { all, money, box, tracer } = start({ sampler } as object);
    for (const name of ['recorded', 'dropped', 'sampled']) {
      const span = tracer.startSpan(name);
      box.emit(PAYMENT, EUR, { context: on(span) });
      span.end();
    }
    await box.forceFlush();
    expect(all.spans.names).toEqual(['sampled']);
    expect(money.spans.names).toEqual(['sampled']);
    expect(box.stats().destinations.money?.channels.spans).toMatchObject({ routed: 1, delivered: 1 });
  });

  test('spans - signals are events on them, for all who get them', async () => {
    const { all, money, box } = start();
    inSpan('work', () => {
      box.emit(PAYMENT, EUR);
      box.emit(REPORT);
    });
    await box.forceFlush();
    for (const { spans } of [all, money])
      expect(spans.spans[0]?.events.map(({ name }) => name)).toEqual([
        'payment.processed',
        'report.generated',
      ]);
  });

  test('spans - a route that is added while running marks from then on', async () => {
    const { money, box } = start();
    inSpan('before', () => box.emit(REPORT));
    const undo = box.route({ signals: REPORT, to: 'money' });
    inSpan('meanwhile', () => box.emit(REPORT));
    undo();
    inSpan('afterwards', () => box.emit(REPORT));
    await box.forceFlush();
    expect(money.spans.names).toEqual(['meanwhile']);
    expect(money.logs.names).toEqual(['report.generated']);
  });

  test('spanProcessor() - does it for providers that are built by hand', async () => {
    const spans = new KeptSpans();
    const box = createSignalbox({
      destinations: { money: exporters({ spans }) },
      routes: [{ signals: PAYMENT, to: 'money' }],
    });
    const provider = new BasicTracerProvider({ spanProcessors: [spanProcessor(box)] });
    const tracer = provider.getTracer('app');
    const [work, idle] = [tracer.startSpan('work'), tracer.startSpan('idle')];
    box.emit(PAYMENT, EUR, { context: on(work) });
    work.end();
    idle.end();
    await provider.forceFlush();
    expect(spans.names).toEqual(['work']);
    await provider.shutdown();
    expect(spans.calls).not.toContain('shutdown');
  });

  test('spanProcessor() - throws nothing into the app, whatever a span is', () => {
    const box = createSignalbox({
      destinations: { all: exporters({ spans: new KeptSpans() }) },
      otherTelemetry: 'all',
    });
    const processor = spanProcessor(box);
    const told = recordDiag();
    const hostile = {
      spanContext: () => {
        throw new Error('no');
      },
    };
    expect(() => processor.onStart(hostile as never, ROOT_CONTEXT)).not.toThrow();
    expect(() => processor.onEnd(hostile as never)).not.toThrow();
    expect(told).toEqual(['signalbox: a span could not be routed: Error: no']);
  });

  test('without nodeSdk() or spanProcessor() - it is told once, and each span that a destination misses is counted', async () => {
    const told = recordDiag();
    const spans = new KeptSpans();
    const box = createSignalbox({
      destinations: { money: exporters({ spans, logs: new KeptLogs() }) },
      routes: [{ signals: '*', to: 'money' }],
    });
    withContexts();
    trace.setGlobalTracerProvider(new BasicTracerProvider());
    for (let i = 0; i < 3; i++) {
      inSpan('work', () => {
        box.emit(PAYMENT, EUR);
        box.emit(REPORT);
      });
    }
    await box.forceFlush();
    expect(spans.spans).toEqual([]);
    expect(box.stats().destinations.money?.channels.spans).toEqual({
      routed: 3,
      delivered: 0,
      handedOver: 0,
      dropped: { not_installed: 3 },
      failed: 0,
      queued: 0,
    });
    expect(told).toEqual([
      "signalbox: spans are routed to 'money', but nothing hands them over; start the SDK by nodeSdk(box, …), or give spanProcessor(box) to the TracerProvider (both of signalbox/sdk)",
    ]);
    expect((await box.shutdown()).undelivered).toEqual({ money: { not_installed: 3 } });
  });

  test('without nodeSdk() or spanProcessor() - each destination is counted once a span, and spans that are not sampled never', () => {
    const named = (): ReturnType<typeof exporters> => exporters({ spans: new KeptSpans() });
    const box = createSignalbox({
      destinations: { money: named(), reports: named() },
      routes: [
        { signals: PAYMENT, to: 'money' },
        { signals: REPORT, to: 'reports' },
      ],
    });
    withContexts();
    const sampler: Sampler = {
      shouldSample: (_context, _trace, name) => ({
        decision: name === 'recorded' ? SamplingDecision.RECORD : SamplingDecision.RECORD_AND_SAMPLED,
      }),
      toString: () => 'ByName',
    };
    trace.setGlobalTracerProvider(new BasicTracerProvider({ sampler }));
    for (const name of ['sampled', 'recorded']) {
      inSpan(name, () => {
        box.emit(PAYMENT, EUR);
        box.emit(PAYMENT, EUR);
        box.emit(REPORT);
      });
    }
    const { money, reports } = box.stats().destinations;
    expect(money?.channels.spans?.dropped).toEqual({ not_installed: 1 });
    expect(reports?.channels.spans?.dropped).toEqual({ not_installed: 1 });
  });

  test('createSignalbox() - says how many destinations can take spans', () => {
    const destinations = Object.fromEntries(
      Array.from({ length: 31 }, (_, i) => [`d${i}`, exporters({ spans: new KeptSpans() })]),
    );
    expect(() => createSignalbox({ destinations })).toThrow(
      new SignalboxError(
        'createSignalbox: 31 destinations take spans. At most 30 can: let some share a collector, which fans out better.',
      ),
    );
  });
});

describe('exporters()', () => {
  const broken = (options: unknown) => () => exporters(options as never);

  test.each([
    [undefined, 'exporters: there is no exporter. Give at least one of logs, spans, metrics.'],
    [{}, 'exporters: there is no exporter. Give at least one of logs, spans, metrics.'],
    [
      { logs: 'http://collector' },
      "exporters: logs is 'http://collector'. Give an exporter, as in new OTLPLogExporter(): something with an export method.",
    ],
    [
      { logs: new Kept(), spans: {} },
      'exporters: spans is a value of type object. Give an exporter, as in new OTLPLogExporter(): something with an export method.',
    ],
    [{ logs: new Kept(), batch: { size: 0 } }, 'exporters: `batch.size` is 0. Give a whole number from 1.'],
    [
      { logs: new Kept(), batch: { delayMillis: 1.5 } },
      'exporters: `batch.delayMillis` is 1.5. Give a whole number from 1.',
    ],
    [
      { logs: new Kept(), batch: { timeoutMillis: 3e9 } },
      'exporters: `batch.timeoutMillis` is 3000000000. Give milliseconds, more than 0 and at most 2147483647.',
    ],
    [
      { logs: new Kept(), batch: { size: 20, capacity: 10 } },
      'exporters: batch.size is 20, more than batch.capacity, 10. Give a smaller size.',
    ],
    [
      { metrics: new Kept(), metricExport: { intervalMillis: -1 } },
      'exporters: `metricExport.intervalMillis` is -1. Give milliseconds, more than 0 and at most 2147483647.',
    ],
    [
      { metrics: new Kept(), metricExport: { timeoutMillis: '5s' } },
      "exporters: `metricExport.timeoutMillis` is '5s'. Give milliseconds, more than 0 and at most 2147483647.",
    ],
  ])('exporters() - %j throws and says what to give', (options, message) => {
    expect(broken(options)).toThrow(new SignalboxError(message));
  });

  test.each<[string, () => object, string]>([
    [
      'a reader that pulls',
      () => ({ metrics: new PrometheusExporter({ preventServerStart: true }) }),
      "exporters: metrics is a PrometheusExporter, a metric reader: it collects from an SDK. Give it to the app's SDK (`metricReaders`), and route signals to 'otel' for it; give a push exporter here, as in new OTLPMetricExporter().",
    ],
    [
      'a reader that pushes',
      () => ({
        metrics: new PeriodicExportingMetricReader({
          exporter: new InMemoryMetricExporter(AggregationTemporality.DELTA),
        }),
      }),
      'exporters: metrics is a PeriodicExportingMetricReader, a metric reader: it collects from an SDK.',
    ],
    [
      'a span processor',
      () => ({ spans: new BatchSpanProcessor(new InMemorySpanExporter()) }),
      'exporters: spans is a BatchSpanProcessor, a span processor. Give the exporter that is in it',
    ],
    [
      'a log record processor',
      () => ({ logs: new SimpleLogRecordProcessor({ exporter: new InMemoryLogRecordExporter() }) }),
      'exporters: logs is a SimpleLogRecordProcessor, a log record processor. Give the exporter that is in it',
    ],
  ])('exporters() - %s belongs to the SDK, and is told so', (_, options, message) => {
    expect(broken(options())).toThrow(SignalboxError);
    expect(broken(options())).toThrow(message);
  });

  test('exporters() - what is undefined counts as left out', () => {
    expect(broken({ logs: new Kept(), batch: { size: undefined }, spans: undefined })).not.toThrow();
  });

  test('exporters() - takes the channels of its exporters', () => {
    expect(exporters({ logs: new KeptLogs() }).channels).toEqual(['logs']);
    expect(exporters({ spans: new KeptSpans() }).channels).toEqual(['spans', 'spanEvents']);
    expect(exporters({ metrics: new Kept() as never }).channels).toEqual(['metrics']);
  });
});
