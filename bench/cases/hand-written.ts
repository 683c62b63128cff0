import { trace } from '@opentelemetry/api';
import type { LogRecord } from '@opentelemetry/api-logs';
import { logs } from '@opentelemetry/api-logs';
import type { Case } from '../harness.js';
import type { AppMeters, AppSdk } from './app-sdk.js';
import type { Values } from './signals.js';
import { attributesOf, BUCKETS, inSpans, values } from './signals.js';

/** What {@link FULL} stands for, written with OpenTelemetry alone. */
export function handWritten(sdk: AppSdk, meters: AppMeters): Case {
  const logger = logs.getLogger('bench');
  const meter = meters.provider.getMeter('bench');
  const counter = meter.createCounter('bench.done', { unit: '{job}' });
  const histogram = meter.createHistogram('bench.duration', {
    unit: 's',
    advice: { explicitBucketBoundaries: BUCKETS },
  });
  return {
    name: 'hand-written OpenTelemetry',
    settle: () => sdk.flushLogs(),
    rest: () => meters.collect(),
    run: (times) =>
      inSpans(times, (i) => {
        const v = values(i);
        const attributes = attributesOf(v);
        logger.emit(recordOf('job.done', 'Job done', attributes));
        trace.getActiveSpan()?.addEvent('job.done', attributes);
        const labels = { 'job.type': v.type, 'job.outcome': v.outcome };
        counter.add(1, labels);
        histogram.record(v.took / 1000, labels);
      }),
  };
}

function recordOf(
  eventName: string,
  body: string,
  attributes: NonNullable<LogRecord['attributes']>,
): LogRecord {
  return { eventName, severityNumber: 9, severityText: 'INFO', body, attributes };
}

/** What {@link LOG_ONLY} is, as a log record. */
export function noted(v: Values): LogRecord {
  return recordOf('job.noted', 'Job noted', attributesOf(v));
}

/** What {@link LOG_ONLY} stands for. */
export function handWrittenLog(sdk: AppSdk): Case {
  const logger = logs.getLogger('bench');
  return {
    name: 'hand-written logger.emit',
    settle: () => sdk.flushLogs(),
    run: (times) =>
      inSpans(times, (i) => {
        logger.emit(noted(values(i)));
      }),
  };
}
