import { metrics, trace } from '@opentelemetry/api';
import type { Logger } from '@opentelemetry/api-logs';
import { logs } from '@opentelemetry/api-logs';
import { LoggerProvider } from '@opentelemetry/sdk-logs';
import type { ViewOptions } from '@opentelemetry/sdk-metrics';
import {
  AggregationTemporality,
  AggregationType,
  InMemoryMetricExporter,
  InstrumentType,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import {
  AlwaysOffSampler,
  BasicTracerProvider,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace-base';
import { createSignalbox, defineSignal, field, nowhere } from 'signalbox';
import { createJobs } from 'signalbox/jobs';
import { exporters } from 'signalbox/sdk';
import { afterEach, describe, expect, test } from 'vitest';
import { KeptSpans } from '../../sdk/helpers.js';
import { resetOtel, startOtel } from '../../support/otel.js';

afterEach(resetOtel);

const NO_RECORDS = /^logs: the LoggerProvider takes no records, .* no log record processor, was shut down/;

function replaceLogs(provider: object): void {
  logs.disable();
  logs.setGlobalLoggerProvider(provider as LoggerProvider);
}

/** A LoggerProvider of which only the logger's answer is known. */
function answering(enabled: Logger['enabled'] | (() => unknown)): object {
  return { getLogger: () => ({ emit() {}, enabled }), shutdown() {} };
}

describe('describe() - log records that go nowhere', () => {
  test('describe() - says that a LoggerProvider without processors takes no records', () => {
    startOtel();
    replaceLogs(new LoggerProvider({ processors: [] }));
    const box = createSignalbox();
    box.info('seen');
    expect(box.stats().destinations.otel?.channels.logs?.dropped).toEqual({ disabled: 1 });
    expect(box.describe().problems).toEqual([expect.stringMatching(NO_RECORDS)]);
  });

  test('describe() - says it of an SDK that was shut down', async () => {
    const otel = startOtel();
    const box = createSignalbox();
    expect(box.describe().problems).toEqual([]);
    await otel.loggerProvider.shutdown();
    expect(box.describe().problems).toEqual([expect.stringMatching(NO_RECORDS)]);
  });

  test('describe() - tells a minimum severity from a logger that takes nothing', () => {
    startOtel();
    replaceLogs(answering((options) => (options?.severityNumber ?? 0) >= 13));
    expect(createSignalbox().describe().problems).toEqual([
      expect.stringMatching(/^logs: the LoggerProvider takes no records of severity info/),
    ]);
  });

  test.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('no');
      },
    ],
    ['answers with a promise that rejects', () => Promise.reject(new Error('late'))],
    ['takes all', () => true],
  ])('describe() - says nothing of a logger whose enabled() %s', (_, enabled) => {
    startOtel();
    replaceLogs(answering(enabled));
    expect(createSignalbox().describe().problems).toEqual([]);
  });

  test.each<[string, unknown]>([
    ['answers with a promise', () => Promise.reject(new Error('late'))],
    ['answers with nothing', () => undefined],
    [
      'throws',
      () => {
        throw new Error('no');
      },
    ],
    ['can not be asked', true],
  ])('emit() - hands records to a logger that %s', (_, enabled) => {
    startOtel();
    replaceLogs(answering(enabled as () => unknown));
    const box = createSignalbox();
    box.info('seen');
    expect(box.stats().destinations.otel?.channels.logs).toMatchObject({ handedOver: 1, dropped: {} });
  });

  test('describe() - says nothing of them where no route leads to otel', () => {
    startOtel();
    replaceLogs(new LoggerProvider({ processors: [] }));
    expect(
      createSignalbox({
        destinations: { kept: () => undefined },
        routes: [{ signals: '*', to: 'kept' }],
      }).describe().problems,
    ).toEqual([]);
  });
});

describe('describe() - spans and metrics that go nowhere', () => {
  test('describe() - says that a sampler takes no span', () => {
    startOtel({ sampler: new AlwaysOffSampler() });
    expect(createSignalbox().describe().problems).toEqual([
      'spans: the sampler (AlwaysOffSampler) records no span; choose another, as by OTEL_TRACES_SAMPLER',
    ]);
  });

  test('describe() - says that none of many spans was recorded, once there were many', () => {
    startOtel({ sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(0) }) });
    const box = createSignalbox();
    const queue = createJobs(box).queue('mail');
    for (let i = 0; i < 19; i++) queue.enqueue({ id: `${i}` }).accepted();
    expect(box.describe().problems).toEqual([]);
    queue.attempt({ job: { id: '1' }, number: 1 }).completed();
    expect(box.describe().problems).toEqual([
      expect.stringMatching(
        /^spans: none of the 20 spans that were started here is recorded.*; choose another, as by OTEL_TRACES_SAMPLER$/,
      ),
    ]);
  });

  test('describe() - says nothing of a sampler that takes some', () => {
    let n = 0;
    const sampler = { shouldSample: () => ({ decision: n++ === 0 ? 2 : 0 }), toString: () => 'OneOfMany' };
    startOtel({ sampler });
    const box = createSignalbox();
    const queue = createJobs(box).queue('mail');
    for (let i = 0; i < 30; i++) queue.enqueue({ id: `${i}` }).accepted();
    expect(box.describe().problems).toEqual([]);
  });

  test('describe() - says that a TracerProvider has no processor and a MeterProvider no reader', () => {
    startOtel();
    trace.disable();
    metrics.disable();
    trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [] }));
    metrics.setGlobalMeterProvider(new MeterProvider({ readers: [] }));
    expect(createSignalbox().describe().problems).toEqual([
      'spans: the TracerProvider has no span processor: spans go nowhere; give it one that exports',
      'metrics: the MeterProvider has no metric reader: measurements go nowhere; give it one',
    ]);
  });
});

describe('describe() - views', () => {
  const WAITED = defineSignal('VIEW_WAITED', {
    fields: { took: field.duration() },
    metrics: [
      { type: 'counter', name: 'view.waited', unit: '{wait}' },
      { type: 'histogram', name: 'view.wait.duration', of: 'took', unit: 's' },
    ],
  });
  const problemsWith = (views: readonly ViewOptions[]): readonly string[] => {
    startOtel();
    metrics.disable();
    const reader = new PeriodicExportingMetricReader({
      exporter: new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE),
    });
    metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader], views: [...views] }));
    return createSignalbox({ signals: [WAITED] }).describe().problems;
  };
  const drop = { type: AggregationType.DROP } as const;
  const sentence = (names: string): string =>
    `metrics: a view of the MeterProvider drops ${names}; have it select others`;

  test.each<[string, ViewOptions]>([
    ['by a name', { instrumentName: 'view.waited', aggregation: drop }],
    ['by a type', { instrumentType: InstrumentType.COUNTER, aggregation: drop }],
    ['by a unit', { instrumentUnit: '{wait}', aggregation: drop }],
  ])('describe() - says that a view drops an instrument that it selects %s', (_, view) => {
    expect(problemsWith([view])).toEqual([sentence('view.waited')]);
  });

  test('describe() - names all that a view of a scope drops, and none of another scope', () => {
    expect(problemsWith([{ meterName: 'signalbox', aggregation: drop }])).toEqual([
      sentence('view.waited, view.wait.duration'),
    ]);
    expect(problemsWith([{ meterName: 'other', aggregation: drop }])).toEqual([]);
  });

  test('describe() - says nothing where another view keeps it, or none drops', () => {
    const all = { instrumentName: 'view.*', aggregation: drop };
    const keep = { instrumentName: 'view.*', aggregationCardinalityLimit: 100 };
    expect(problemsWith([all, keep])).toEqual([]);
    expect(problemsWith([keep])).toEqual([]);
  });
});

describe('describe() - destinations that get nothing', () => {
  test('describe() - names a destination to which no route leads, until one does', () => {
    startOtel();
    const box = createSignalbox({
      destinations: { alerts: () => undefined, off: nowhere },
      routes: [{ signals: '*', to: ['otel', 'off'] }],
    });
    expect(box.describe().problems).toEqual([
      "destinations: no route leads to 'alerts', which gets nothing; add one, or leave it out",
    ]);
    box.route({ minSeverity: 'error', to: 'alerts' });
    expect(box.describe().problems).toEqual([]);
  });

  test('describe() - names a destination of spans that nothing hands over', () => {
    startOtel();
    const spans = exporters({ spans: new KeptSpans() });
    const box = createSignalbox({
      destinations: { spans },
      routes: [{ signals: '*', to: ['otel', 'spans'] }],
    });
    expect(box.describe().problems).toEqual([
      expect.stringMatching(
        /^spans: 'spans' takes spans, but nothing hands them over; start the SDK by nodeSdk/,
      ),
    ]);
  });
});
