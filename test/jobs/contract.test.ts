import { SpanKind } from '@opentelemetry/api';
import type { MetricData } from '@opentelemetry/sdk-metrics';
import { DataPointType } from '@opentelemetry/sdk-metrics';
import type { AnySignal, Emission } from 'signalbox';
import * as exported from 'signalbox/jobs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { useFakeTime, useRealTime } from '../examples/queue/fake-time.js';
import type { TestOtel } from '../support/otel.js';
import { pointsOf, resetOtel } from '../support/otel.js';
import { MARKS, playContract } from './contract-scenario.js';
import type { MetricRow } from './contract-tables.js';
import { BUCKETS, FIELDS, METRICS, SELF_METRICS, SIGNALS, SPANS } from './contract-tables.js';

let otel: TestOtel;
let emissions: readonly Emission[];
let metrics: ReadonlyMap<string, MetricData>;

beforeAll(async () => {
  useFakeTime();
  ({ otel, emissions } = await playContract());
  metrics = await otel.metrics();
});
afterAll(() => {
  useRealTime();
  resetOtel();
});

function byName(signal: string): AnySignal | undefined {
  return (exported as unknown as Record<string, AnySignal>)[signal];
}

describe('the signals of the contract', () => {
  test('there are no others', () => {
    const isSignal = (name: string): boolean => /^(JOB|WORKER|QUEUE|SCHEDULE)_/.test(name);
    expect(Object.keys(exported).filter(isSignal).sort()).toEqual(Object.keys(SIGNALS).sort());
  });

  describe.each(Object.entries(SIGNALS))('%s', (name, row) => {
    test('has its event name and severity, in code and on the wire', () => {
      expect(byName(name)).toMatchObject({ name, event: row.event, severity: row.severity });
      const records = otel.logs(row.event);
      expect(records.length).toBeGreaterThan(0);
      expect(records.some((record) => record.severityText === row.severity.toUpperCase())).toBe(true);
    });

    test('has its fields, and they are all sent, under their attribute keys', () => {
      const { fields = {} } = byName(name) ?? {};
      const declared = Object.entries(fields).filter(([, field]) => !field.metricsOnly);
      const base = { job: ['job_id', 'job_type'], worker: ['worker_id'], queue: [], schedule: ['schedule'] };
      const named = new Set(['queue', 'namespace', ...base[row.of], ...row.fields]);
      // The age is on the backlog where that is of an age.
      const optional = row.event.startsWith('queue.backlog') ? ['oldest_age'] : [];
      expect(declared.map(([field]) => field).sort()).toEqual([...named, ...optional].sort());

      for (const [field, { attribute, kind }] of declared) {
        const keys = FIELDS[field];
        if (keys !== undefined && kind !== 'error') expect([keys].flat(), field).toContain(attribute);
      }
      const sent = new Set(otel.logs(row.event).flatMap((record) => Object.keys(record.attributes)));
      const expected = declared
        .filter(([field, { kind }]) => kind !== 'error' && !optional.includes(field))
        .map(([, { attribute }]) => attribute);
      expect([...sent].sort()).toEqual([...expected, ...(row.error ?? [])].sort());
    });

    test('reaches sinks by the names in code', () => {
      const seen = emissions.filter((emission) => emission.signal === name);
      expect(seen).toHaveLength(otel.logs(row.event).length);
      const fields = new Set(seen.flatMap((emission) => Object.keys(emission.fields)));
      for (const field of row.fields) expect(fields).toContain(field);
    });
  });

  test('the exception is on JOB_FAILED, and on JOB_REJECTED where the store failed, alone', () => {
    const having = otel.logs().filter((record) => 'exception.message' in record.attributes);
    expect(new Set(having.map((record) => record.eventName))).toEqual(
      new Set(['job.rejected', 'job.failed']),
    );
  });

  test('JOB_ABANDONED is info where someone wanted it, and one error pages for each dead job', () => {
    const abandoned = otel.logs('job.abandoned');
    const severityOf = (reason: string): unknown =>
      abandoned.find((r) => r.attributes['job.abandon.reason'] === reason)?.severityText;
    expect(severityOf('cancelled')).toBe('INFO');
    expect(severityOf('max_attempts')).toBe('ERROR');
    const errors = otel
      .logs()
      .filter((r) => (r.severityNumber ?? 0) >= 17 && r.attributes['job.id'] === 'job-id-1');
    expect(errors.map((r) => r.eventName)).toEqual(['job.abandoned']);
  });

  test('every duration on the wire is in seconds', () => {
    const started = otel.logs('job.started').find((r) => r.attributes['job.id'] === 'job-id-1');
    expect(started?.attributes['job.wait.duration']).toBeCloseTo(0.05, 2);
    const retrying = otel.logs('job.retrying').find((r) => r.attributes['job.id'] === 'job-id-1');
    expect(retrying?.attributes['job.retry.delay']).toBe(0.1);
  });
});

describe('the metrics of the contract', () => {
  const all = { ...METRICS, ...SELF_METRICS };

  test('there are no others', () => {
    expect([...metrics.keys()].sort()).toEqual(Object.keys(all).sort());
  });

  test.each(Object.entries(all))('%s - has its kind, unit and labels', (name, row) => {
    const metric = metrics.get(name);
    if (!metric) throw new Error(`${name} was not measured`);
    expect(kindOf(metric)).toBe(row.kind);
    expect(metric.descriptor.unit).toBe(row.unit);
    const points = pointsOf(metric);
    expect(points.length).toBeGreaterThan(0);
    const required = labelsOf(row, name in SELF_METRICS).filter((label) => !label.startsWith('('));
    const allowed = labelsOf(row, name in SELF_METRICS).map((label) => label.replace(/[()]/g, ''));
    const met = new Set<string>();
    for (const { labels } of points) {
      for (const label of Object.keys(labels)) met.add(label);
      for (const label of required) expect(Object.keys(labels)).toContain(label);
    }
    expect([...met].sort()).toEqual([...allowed].sort());
  });

  test.each(Object.entries(BUCKETS))('%s - has its buckets', (name, boundaries) => {
    const metric = metrics.get(name);
    expect(metric && pointsOf(metric)[0]?.boundaries).toEqual(boundaries);
  });

  test('labels - never hold a job id, a worker id or the message of an error', () => {
    const labels = JSON.stringify(
      [...metrics.values()].flatMap((metric) => pointsOf(metric).map((p) => p.labels)),
    );
    for (const mark of MARKS) expect(labels).not.toContain(mark);
    const sent = JSON.stringify(emissions.map((emission) => emission.fields));
    for (const mark of MARKS) expect(sent).toContain(mark);
  });

  test('values of labels - are those of the contract', () => {
    const valuesOf = (name: string, label: string): unknown[] => {
      const metric = metrics.get(name);
      return metric ? [...new Set(pointsOf(metric).map((p) => p.labels[label]))].sort() : [];
    };
    expect(valuesOf('job.ended', 'job.outcome')).toEqual(['abandoned', 'completed']);
    expect(valuesOf('queue.jobs', 'job.state')).toEqual([
      'active',
      'blocked',
      'delayed',
      'paused',
      'waiting',
    ]);
    expect(valuesOf('worker.count', 'worker.state')).toEqual(['busy', 'idle']);
    expect(valuesOf('messaging.process.duration', 'messaging.operation.name')).toEqual(['process']);
    expect(valuesOf('signalbox.items', 'signalbox.channel')).toEqual([
      'logs',
      'metrics',
      'sink',
      'span_events',
    ]);
  });

  test('the counts - agree with the records of the signals that feed them', () => {
    const countOf = (name: string): number => {
      const metric = metrics.get(name);
      return metric ? pointsOf(metric).reduce((sum, p) => sum + p.value, 0) : Number.NaN;
    };
    const records = (...events: string[]): number => events.flatMap((event) => otel.logs(event)).length;
    expect(countOf('job.enqueued')).toBe(records('job.queued'));
    expect(countOf('job.rejected')).toBe(records('job.rejected'));
    expect(countOf('job.retries')).toBe(records('job.retrying'));
    expect(countOf('job.stalled')).toBe(records('job.stalled'));
    expect(countOf('job.ended')).toBe(records('job.completed', 'job.abandoned'));
    expect(countOf('messaging.process.duration')).toBe(records('job.completed', 'job.failed'));
    expect(countOf('job.wait.duration')).toBe(
      otel.logs('job.started').filter((r) => 'job.wait.duration' in r.attributes).length,
    );
  });
});

describe('the spans of the contract', () => {
  test('there are no others', () => {
    expect([...new Set(otel.spans().map((span) => span.name))].sort()).toEqual(Object.keys(SPANS).sort());
  });

  test.each(Object.entries(SPANS))('%s - has its kind and attributes', (name, row) => {
    const spans = otel.spans(name);
    const met = new Set(spans.flatMap((span) => Object.keys(span.attributes)));
    for (const span of spans) expect(SpanKind[span.kind]).toBe(row.kind);
    for (const attribute of row.attributes) expect(met).toContain(attribute);
    const [operation] = name.split(' ') as [keyof typeof ALSO];
    const own = ALSO[operation];
    expect([...met].sort()).toEqual([...new Set([...row.attributes, ...own])].sort());
  });

  test('everything - is of the scope signalbox', () => {
    for (const { instrumentationScope } of [...otel.spans(), ...otel.logs()])
      expect(instrumentationScope.name).toBe('signalbox');
  });

  test('every event of a span - has the record of its name, time and span', () => {
    const recordsAt = new Set(
      otel.logs().map((r) => JSON.stringify([r.eventName, r.hrTime, r.spanContext?.spanId])),
    );
    const events = otel
      .spans()
      .flatMap((span) => span.events.map((e) => JSON.stringify([e.name, e.time, span.spanContext().spanId])));
    expect(events.length).toBeGreaterThan(200);
    for (const event of events) expect(recordsAt).toContain(event);
  });
});

/** What some spans of an operation have beside the contract's table. */
const ALSO = {
  enqueue: ['error.type', 'job.reject.reason'],
  process: ['job.defer.reason'],
  settle: [],
} as const;

function kindOf(metric: MetricData): MetricRow['kind'] {
  switch (metric.dataPointType) {
    case DataPointType.SUM:
      return metric.isMonotonic ? 'counter' : 'upDownCounter';
    case DataPointType.GAUGE:
      return 'gauge';
    default:
      return 'histogram';
  }
}

function labelsOf(row: MetricRow, self: boolean): string[] {
  const common = self ? [] : ['messaging.system.name', 'messaging.destination.name', 'queue.namespace'];
  return [...common, ...(row.typed ? ['job.type'] : []), ...row.labels];
}
