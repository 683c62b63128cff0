import type { Span } from '@opentelemetry/api';
import { context, metrics, trace } from '@opentelemetry/api';
import { logs } from '@opentelemetry/api-logs';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base';
import type { Signalbox } from 'signalbox';
import { createSignalbox, defineSignal, field } from 'signalbox';
import { exporters } from 'signalbox/sdk';
import { checkNames, countOf, NAMES } from './environment.js';
import type { Case } from './harness.js';
import { compare, table } from './harness.js';

const ok = (_items: unknown, done: (result: { code: number }) => void): void => done({ code: 0 });
const nothing = { export: ok, shutdown: async () => {}, forceFlush: async () => {} };
const noMetrics = { ...nothing, selectAggregationTemporality: () => AggregationTemporality.CUMULATIVE };

const processor = batch();

function batch(): BatchLogRecordProcessor {
  return new BatchLogRecordProcessor({ exporter: nothing, maxQueueSize: 1 << 20, scheduledDelayMillis: 50 });
}

context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
trace.setGlobalTracerProvider(new BasicTracerProvider());
logs.setGlobalLoggerProvider(new LoggerProvider({ processors: [processor] }));
metrics.setGlobalMeterProvider(
  new MeterProvider({
    readers: [
      new PeriodicExportingMetricReader({
        exporter: new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE),
        exportIntervalMillis: 3_600_000,
      }),
    ],
  }),
);

const types = ['email', 'report', 'data', 'payment'];
const outcomes = ['completed', 'failed', 'retried'];
const common = {
  job_id: field.id({ attribute: 'job.id' }),
  type: field.string({ attribute: 'job.type' }),
  outcome: field.oneOf(outcomes, { attribute: 'job.outcome' }),
  attempt: field.int({ attribute: 'job.attempt' }),
  took: field.duration({ attribute: 'job.duration' }),
};
const FULL = defineSignal('JOB_DONE', {
  message: 'Job done',
  fields: common,
  metrics: [
    { type: 'counter', name: 'bench.done', unit: '{job}', by: ['type', 'outcome'] },
    { type: 'histogram', name: 'bench.duration', unit: 's', of: 'took', by: ['type', 'outcome'] },
  ],
});
const LOG_ONLY = defineSignal('JOB_NOTED', { message: 'Job noted', fields: common, spanEvents: 'off' });

function values(i: number): { job_id: string; type: string; outcome: string; attempt: number; took: number } {
  return {
    job_id: `job-${i & 1023}`,
    type: types[i & 3] as string,
    outcome: outcomes[i % 3] as string,
    attempt: i & 3,
    took: (i & 255) * 3,
  };
}

/** Runs in recording spans, a new one every 64 times, as attempts do. */
function inSpans(times: number, each: (i: number, span: Span) => void): void {
  const tracer = trace.getTracer('bench');
  for (let i = 0; i < times; i += 64) {
    tracer.startActiveSpan('attempt', (span) => {
      for (let j = i; j < i + 64 && j < times; j++) each(j, span);
      span.end();
    });
  }
}

function handWritten(): Case {
  const logger = logs.getLogger('bench');
  const meter = metrics.getMeter('bench');
  const counter = meter.createCounter('hand.done');
  const histogram = meter.createHistogram('hand.duration', {
    unit: 's',
    advice: { explicitBucketBoundaries: [0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10] },
  });
  return {
    name: 'hand-written OpenTelemetry',
    settle: () => processor.forceFlush(),
    run: (times) =>
      inSpans(times, (i) => {
        const v = values(i);
        const attributes = {
          'job.id': v.job_id,
          'job.type': v.type,
          'job.outcome': v.outcome,
          'job.attempt': v.attempt,
          'job.duration': v.took / 1000,
        };
        logger.emit({
          eventName: 'job.done',
          severityNumber: 9,
          severityText: 'INFO',
          body: 'Job done',
          attributes,
        });
        trace.getActiveSpan()?.addEvent('job.done', attributes);
        const labels = { 'job.type': v.type, 'job.outcome': v.outcome };
        counter.add(1, labels);
        histogram.record(v.took / 1000, labels);
      }),
  };
}

function handLog(): Case {
  const logger = logs.getLogger('bench');
  return {
    name: 'hand-written logger.emit',
    settle: () => processor.forceFlush(),
    run: (times) =>
      inSpans(times, (i) => {
        const v = values(i);
        const attributes = {
          'job.id': v.job_id,
          'job.type': v.type,
          'job.outcome': v.outcome,
          'job.attempt': v.attempt,
          'job.duration': v.took / 1000,
        };
        logger.emit({
          eventName: 'job.noted',
          severityNumber: 9,
          severityText: 'INFO',
          body: 'Job noted',
          attributes,
        });
      }),
  };
}

/** Batches are part of the work: the next block begins when all of this one has been handed to the exporter. */
function emits(name: string, box: Signalbox, signal: typeof FULL | typeof LOG_ONLY): Case {
  const waiting = (): number =>
    Object.values(box.stats().destinations).reduce((sum, { queue }) => sum + (queue?.size ?? 0), 0);
  return {
    name,
    run: (times) => inSpans(times, (i) => box.emit(signal as typeof FULL, values(i))),
    settle: async () => {
      if (box === toOtel) await processor.forceFlush();
      else
        do await new Promise(setImmediate);
        while (waiting() > 0);
    },
  };
}

const one = (): ReturnType<typeof exporters> =>
  exporters({
    logs: nothing,
    spans: nothing,
    metrics: noMetrics,
    metricExport: { intervalMillis: 3_600_000 },
    batch: { capacity: 1 << 20 },
  });
const toOtel = createSignalbox();
const toOne = createSignalbox({ destinations: { a: one() }, otherTelemetry: 'a' });
const toTwo = createSignalbox({
  destinations: { a: one(), b: one() },
  otherTelemetry: 'a',
  routes: [{ signals: '*', to: ['a', 'b'] }],
});
const toSink = createSignalbox({ destinations: { sink: () => {} }, routes: [{ signals: '*', to: 'sink' }] });
const toNone = createSignalbox({ routes: [{ signals: 'SOMETHING_ELSE', to: 'otel' }] });

checkNames('BENCH_', NAMES);
const rounds = countOf('BENCH_ROUNDS', 15);
const millis = countOf('BENCH_MILLIS', 60);

console.log(
  table(
    'Full fan-out: log record, span event, counter, histogram',
    await compare(
      [
        handWritten(),
        emits('emit → otel (the app’s SDK)', toOtel, FULL),
        emits('emit → one exporter destination', toOne, FULL),
        emits('emit → two exporter destinations', toTwo, FULL),
        emits('emit, no route takes it', toNone, FULL),
      ],
      rounds,
      millis,
    ),
  ),
);
console.log(
  table(
    'Log record alone',
    await compare(
      [
        handLog(),
        emits('emit → otel (the app’s SDK)', toOtel, LOG_ONLY),
        emits('emit → one exporter destination', toOne, LOG_ONLY),
        emits('emit → a sink', toSink, LOG_ONLY),
        emits('emit, no route takes it', toNone, LOG_ONLY),
      ],
      rounds,
      millis,
    ),
  ),
);
process.exit(0);
