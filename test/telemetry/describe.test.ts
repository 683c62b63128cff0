import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { createSignalbox, defineSignal, field, when } from 'signalbox';
import { exporters } from 'signalbox/sdk';
import { afterEach, describe, expect, test } from 'vitest';
import { KeptLogs, KeptMetrics } from '../sdk/helpers.js';
import { resetOtel, startOtel, TestOtel } from '../support/otel.js';

afterEach(resetOtel);

const SEEN = defineSignal('SHIP_SEEN', {
  fields: { miles: field.number(), captain: field.id({ sensitive: true }) },
});

const START = (pipeline: string): string =>
  `start an OpenTelemetry SDK with a ${pipeline} pipeline, or pass \`box.instrumentation()\` to it`;
const NO_LOGS = `logs: no LoggerProvider is registered; ${START('log')}`;
const NO_SPANS = `spans: no TracerProvider is registered; ${START('span')}`;
const NO_METRICS = `metrics: no MeterProvider is registered; ${START('metric')}`;
const NO_CONTEXT =
  'context: no ContextManager is registered, and signals find no active span; start an OpenTelemetry SDK with one, as NodeSDK';

describe('describe()', () => {
  test('describe() - says all problems where there is no SDK', () => {
    expect(createSignalbox().describe().problems).toEqual([NO_LOGS, NO_SPANS, NO_METRICS, NO_CONTEXT]);
  });

  test('describe() - finds nothing wrong where an SDK runs, started before or after', () => {
    const box = createSignalbox();
    startOtel();
    expect(box.describe().problems).toEqual([]);
    expect(createSignalbox().describe().problems).toEqual([]);
  });

  test('describe() - says the problems again once the SDK is gone', () => {
    const box = createSignalbox();
    startOtel();
    box.describe();
    resetOtel();
    expect(box.describe().problems).toContain(NO_LOGS);
  });

  test('describe() - misses only what is not there', () => {
    const box = createSignalbox();
    trace.setGlobalTracerProvider(new TestOtel().tracerProvider);
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    expect(box.describe().problems).toEqual([NO_LOGS, NO_METRICS]);
    box.instrumentation().setLoggerProvider(new TestOtel().loggerProvider);
    expect(box.describe().problems).toEqual([NO_METRICS]);
  });

  const NO_GAUGES =
    "gauges: those of queues, workers and the box itself go to `otherTelemetry`, and 'otel' takes no metrics here; start an OpenTelemetry SDK with a metric reader, or declare exporters of metrics and make them `otherTelemetry`";

  test('describe() - misses no SDK where nothing is routed to it, but says that gauges go nowhere then', () => {
    const options = {
      destinations: { sink: () => undefined },
      routes: [{ signals: '*', to: ['sink'] }],
    } as const;
    expect(createSignalbox(options).describe().problems).toEqual([NO_GAUGES]);
    startOtel();
    expect(createSignalbox(options).describe().problems).toEqual([]);
  });

  test('describe() - misses the SDK beside sinks too, which never switch it off', () => {
    const box = createSignalbox({ destinations: { sink: () => undefined } });
    expect(box.describe().routes).toEqual(['* → sink, otel']);
    expect(box.describe().problems).toContain(NO_LOGS);
    startOtel();
    expect(box.describe().problems).toEqual([]);
  });

  test('describe() - says whose metrics no route takes to a destination of metrics', () => {
    startOtel();
    const [A, B, ...more] = Array.from({ length: 8 }, (_, i) =>
      defineSignal(`MEASURED_${i}`, { metrics: [{ type: 'counter', name: `measured.${i}` }] }),
    ) as [typeof SEEN, typeof SEEN];
    const destinations = { sink: () => undefined };
    const sentence = (names: string): string =>
      `metrics: those of ${names} go nowhere: no route takes these signals to 'otel' or to exporters of metrics`;
    const signals = [SEEN, A, B];
    const toSink = createSignalbox({ destinations, signals, routes: [{ signals: '*', to: 'sink' }] });
    expect(toSink.describe().problems).toEqual([sentence('MEASURED_0, MEASURED_1')]);
    const toBoth = createSignalbox({
      destinations,
      signals,
      routes: [
        { signals: '*', to: 'sink' },
        { signals: A, channels: ['metrics'], to: 'otel' },
        { signals: B, channels: ['logs'], to: 'otel' },
      ],
    });
    expect(toBoth.describe().problems).toEqual([sentence('MEASURED_1')]);
    const many = createSignalbox({ signals: [A, B, ...more], routes: [] });
    expect(many.describe().problems).toEqual([
      sentence('MEASURED_0, MEASURED_1, MEASURED_2, MEASURED_3, MEASURED_4, MEASURED_5 and 2 more'),
    ]);
  });

  test('describe() - says where gauges go that a destination of other telemetry without metrics would lose', () => {
    const prom = exporters({ metrics: new KeptMetrics() });
    const gauges = (name: string): string =>
      `gauges: those of queues, workers and the box itself go to \`otherTelemetry\`, and '${name}' takes no metrics here; give \`otherTelemetry: 'prom'\``;
    expect(createSignalbox({ destinations: { prom } }).describe().problems).toEqual([gauges('otel')]);
    const logs = exporters({ logs: new KeptLogs() });
    const beside = createSignalbox({ destinations: { logs, prom }, otherTelemetry: 'logs' });
    expect(beside.describe().problems).toEqual([gauges('logs')]);
    const right = createSignalbox({ destinations: { prom }, otherTelemetry: 'prom' });
    expect(right.describe().problems).toEqual([]);
  });

  test('describe() - as text tells destinations, routes and problems', () => {
    const box = createSignalbox({
      destinations: { alerts: () => undefined },
      routes: [
        { signals: '*', to: 'otel' },
        { signals: [SEEN], minSeverity: 'error', to: ['otel', 'alerts'], reveal: ['captain'] },
        { signals: 'SHIP_*', except: SEEN, channels: ['logs', 'metrics'], to: 'otel' },
        { signals: when(SEEN, (ship) => ship.miles > 3), to: 'alerts' },
      ],
    });
    expect(String(box.describe())).toBe(
      [
        'destinations',
        '  otel (otel): logs, spanEvents, metrics',
        '  alerts (sink): sink',
        'routes',
        '  * → otel',
        '  SHIP_SEEN; at least error; revealing captain → otel, alerts',
        '  SHIP_*; except SHIP_SEEN; only logs, metrics → otel',
        '  SHIP_SEEN when … → alerts',
        'problems',
        `  ${NO_LOGS}`,
        `  ${NO_SPANS}`,
        `  ${NO_METRICS}`,
        `  ${NO_CONTEXT}`,
      ].join('\n'),
    );
  });

  test('describe() - has no part of problems where all is well', () => {
    startOtel();
    expect(String(createSignalbox().describe())).toBe(
      ['destinations', '  otel (otel): logs, spanEvents, metrics', 'routes', '  * → otel'].join('\n'),
    );
  });

  test('describe() - tells a pattern that takes no signal, and the likely one', () => {
    startOtel();
    const box = createSignalbox({ routes: [{ signals: 'SHIPP_*', to: 'otel' }] });
    expect(box.describe().problems).toEqual([
      expect.stringMatching(
        /^The pattern 'SHIPP_\*' of the route to 'otel' matches none of the \d+ signals defined so far in this process\. Did you mean 'SHIP_\*'\?$/,
      ),
    ]);
  });

  test('describe() - says that the box is shut down, or disabled', async () => {
    startOtel();
    const closed = createSignalbox();
    await closed.shutdown();
    expect(closed.describe().problems).toEqual(['The box is shut down: every emit is counted `closed`.']);
    const disabled = createSignalbox();
    disabled.disable();
    expect(disabled.describe().problems).toEqual(['The box is disabled: every emit is a no-op.']);
  });

  test('describe() - of routes that changed while running', () => {
    startOtel();
    const box = createSignalbox({ routes: [] });
    const undo = box.route({ signals: SEEN, to: 'otel' });
    expect(box.describe().routes).toEqual(['SHIP_SEEN → otel']);
    undo();
    expect(box.describe().routes).toEqual([]);
  });
});

describe('describe() - what was lost', () => {
  test('describe() - says how much came before the SDK, once it is there', () => {
    const box = createSignalbox();
    const MEASURED = defineSignal('EARLY_MEASURED', {
      metrics: [{ type: 'counter', name: 'early.measured' }],
    });
    box.emit(MEASURED);
    box.info('early');
    const isEarly = (problem: string): boolean => problem.includes('came before a provider was registered');
    expect(box.describe().problems.filter(isEarly)).toEqual([]);
    startOtel();
    const sentence = (of: string): string =>
      `${of} came before a provider was registered and are lost; start the SDK first, as with \`node --import\``;
    expect(box.describe().problems).toEqual([sentence('logs: 2'), sentence('metrics: 1')]);
    box.info('in time');
    expect(box.describe().problems).toEqual([sentence('logs: 2'), sentence('metrics: 1')]);
  });

  test('describe() - says what an exporter of its own refused, and nothing of a sink that failed', async () => {
    startOtel();
    const logs = new KeptLogs();
    logs.export = (_, done) => done({ code: 1, error: new Error('no') });
    const fails = (): never => {
      throw new Error('no');
    };
    const box = createSignalbox({ destinations: { mine: exporters({ logs }), sink: fails } });
    expect(box.describe().problems).toEqual([]);
    box.info('lost');
    await box.forceFlush({ timeoutMillis: 2_000 });
    expect(box.stats().destinations.sink?.channels.sink?.failed).toBe(1);
    expect(box.describe().problems).toEqual([
      "logs: 'mine' lost 1 that its exporter refused, or did not answer; `npx signalbox doctor --endpoint URL` says why (4317 is gRPC, 4318 HTTP)",
    ]);
  });
});
