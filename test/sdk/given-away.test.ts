import { trace } from '@opentelemetry/api';
import type { Destination, SinkFunction } from 'signalbox';
import { createSignalbox, defineSignal, field } from 'signalbox';
import { exporters } from 'signalbox/sdk';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { ExportCallback } from '../../src/sdk/exporter-like.js';
import { recordDiag, resetOtel } from '../support/otel.js';
import { inSpan, on, startSdk, stopSdks } from './app.js';
import { KeptLogs, KeptMetrics, KeptSpans, withContexts } from './helpers.js';

afterEach(async () => {
  await stopSdks();
  resetOtel();
});

const TRIED = defineSignal('THING_TRIED', {
  fields: { kind: field.string(), size: field.number(), tags: field.list() },
  metrics: [
    { type: 'counter', name: 'thing.tried', by: ['kind'] },
    { type: 'histogram', name: 'thing.size', of: 'size', by: ['kind'], buckets: [1, 2] },
  ],
});
const VALUES = { kind: 'a', size: 1, tags: ['x', 'y'] };

/** Overwrites whatever it can reach, as some exporters add to what they are given. Values that are frozen stay. */
function scribble(given: unknown, skip: ReadonlySet<unknown>, depth = 8): void {
  if (typeof given !== 'object' || given === null || depth === 0 || skip.has(given)) return;
  if (Object.isFrozen(given)) return;
  const target = given as Record<string, unknown>;
  for (const key of Object.keys(target)) {
    const value = target[key];
    scribble(value, skip, depth - 1);
    if (typeof value === 'string') target[key] = 'CHANGED';
    else if (typeof value === 'number') target[key] = -1;
  }
  if (!Array.isArray(given)) target.added = 'CHANGED';
}

function scribbling<T extends { export(batch: unknown, done: ExportCallback): void }>(
  exporter: T,
  skip: (batch: unknown) => ReadonlySet<unknown>,
): T {
  const original = exporter.export.bind(exporter);
  exporter.export = (batch, done) => {
    scribble(batch, skip(batch));
    if (Array.isArray(batch)) batch.splice(0);
    original(batch, done);
  };
  return exporter;
}

const resourcesOf = (batch: unknown): ReadonlySet<unknown> =>
  new Set((batch as { resource: unknown }[]).map(({ resource }) => resource));

describe('what an exporter is given', () => {
  test.each([false, true])(
    'records - what one exporter makes of them reaches no other destination; with a sink on the route: %s',
    async (withSink) => {
      const seen: object[] = [];
      const clean = new KeptLogs();
      const reference = new KeptLogs();
      const sole = createSignalbox({ destinations: { reference: exporters({ logs: reference }) } });
      const destinations: Record<string, Destination | SinkFunction> = {
        first: exporters({ logs: scribbling(new KeptLogs(), resourcesOf), batch: { delayMillis: 1 } }),
        ...(withSink
          ? { sink: (emission: object) => void seen.push(structuredClone({ ...emission, definition: 0 })) }
          : {}),
        second: exporters({ logs: clean, batch: { delayMillis: 50 } }),
      };
      const box = createSignalbox({ destinations });
      const [timestamp, span] = [1_700_000_000_000, trace.getTracer('x').startSpan('x')];
      for (const each of [sole, box]) each.emit(TRIED, VALUES, { timestamp, context: on(span) });
      await vi.waitFor(() => expect(box.stats().destinations.first?.channels.logs?.delivered).toBe(1));
      await Promise.all([box.forceFlush(), sole.forceFlush()]);
      const comparable = ({ resource: _, hrTimeObserved: __, ...record }: object & Record<string, unknown>) =>
        record;
      expect(comparable(clean.records[0] as never)).toEqual(comparable(reference.records[0] as never));
      if (withSink) expect(seen[0]).toMatchObject({ attributes: VALUES, message: 'thing tried' });
      expect(box.stats().destinations.first?.channels.logs).toMatchObject({
        delivered: 1,
        failed: 0,
        queued: 0,
      });
    },
  );

  test('records - the span that was active keeps its context, and its event the time', async () => {
    withContexts();
    const spans = new KeptSpans();
    const box = createSignalbox({
      destinations: { one: exporters({ logs: scribbling(new KeptLogs(), resourcesOf), spans }) },
      otherTelemetry: 'one',
    });
    startSdk(box);
    const before = inSpan('work', (span) => {
      box.emit(TRIED, VALUES, { timestamp: 1_700_000_000_000 });
      return { ...span.spanContext() };
    });
    await box.forceFlush();
    expect(spans.spans[0]?.spanContext()).toMatchObject({ traceId: before.traceId, spanId: before.spanId });
    expect(spans.spans[0]?.events[0]?.time).toEqual([1_700_000_000, 0]);
  });

  test('metrics - what one exporter makes of a collection reaches neither the other members of its group nor what comes later', async () => {
    const [first, second, sole] = [new KeptMetrics(), new KeptMetrics(), new KeptMetrics()];
    const resource = (batch: unknown) => new Set([(batch as { resource: unknown }).resource]);
    const box = createSignalbox({
      destinations: {
        first: exporters({ metrics: scribbling(first, resource) }),
        second: exporters({ metrics: second }),
      },
    });
    const alone = createSignalbox({ destinations: { sole: exporters({ metrics: sole }) } });
    for (let i = 0; i < 2; i++) {
      for (const each of [box, alone]) each.emit(TRIED, VALUES);
      await Promise.all([box.forceFlush(), alone.forceFlush()]);
    }
    const plain = (metrics: KeptMetrics): unknown =>
      metrics.batches.map(({ scopeMetrics }) =>
        scopeMetrics.map(({ scope, metrics: of }) => [
          scope,
          of.map((metric) => ({
            ...metric,
            dataPoints: metric.dataPoints.map(({ startTime: _, endTime: __, attributes, ...point }) => {
              // The one box says which it is, for the other has the instrument too.
              const { 'signalbox.box': ___, ...labels } = attributes;
              return { ...point, labels };
            }),
          })),
        ]),
      );
    expect(plain(second)).toEqual(plain(sole));
    expect(second.total('thing.tried', 'last')).toEqual({ 'kind=a': 2 });
    const [time] = second.points('thing.size').map(({ startTime }) => startTime[0]);
    expect(time).toBeGreaterThan(1_600_000_000);
  });
});

describe('an exporter that two share', () => {
  test.each(['boxes', 'destinations'])(
    'shared by two %s - is flushed by the first that closes, and shut down by the last',
    async (what) => {
      const logs = new KeptLogs();
      const spans = new KeptSpans();
      const metrics = new KeptMetrics();
      const shared = exporters({ logs, spans, metrics });
      const kept = [logs, spans, metrics];
      if (what === 'boxes') {
        const [one, two] = [
          createSignalbox({ destinations: { shared } }),
          createSignalbox({ destinations: { shared } }),
        ];
        one.info('one');
        await one.shutdown();
        for (const { calls } of kept) expect(calls).not.toContain('shutdown');
        expect(logs.calls).toContain('forceFlush');
        two.info('two');
        expect(await two.shutdown()).toEqual({ complete: true, undelivered: {} });
        expect(logs.records.map(({ body }) => body)).toEqual(['one', 'two']);
      } else {
        const box = createSignalbox({ destinations: { a: shared, b: exporters({ logs, spans, metrics }) } });
        box.info('once for each');
        await box.shutdown();
        expect(logs.records).toHaveLength(2);
      }
      for (const { calls } of kept) expect(calls.filter((call) => call === 'shutdown')).toHaveLength(1);
    },
  );
});

describe('a resource that is never detected', () => {
  test('a detector without an end - holds up exports once, is told once, and nothing fails', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'Date', 'performance'] });
    try {
      const told = recordDiag();
      const resource = {
        attributes: { 'service.name': 'shop' },
        asyncAttributesPending: true,
        waitForAsyncAttributes: () => new Promise<void>(() => {}),
        merge: () => resource,
        getRawAttributes: () => [],
      };
      trace.setGlobalTracerProvider({
        getTracer: () => ({}),
        forceFlush: async () => {},
        _resource: resource,
      } as never);
      const kept = { logs: new KeptLogs(), metrics: new KeptMetrics() };
      const box = createSignalbox({ destinations: { all: exporters(kept) }, otherTelemetry: 'all' });
      box.emit(TRIED, VALUES);
      const flushed = box.forceFlush();
      await vi.advanceTimersByTimeAsync(2999);
      expect(kept.logs.records).toHaveLength(0);
      await vi.advanceTimersByTimeAsync(1);
      await flushed;
      expect(kept.logs.records.map((record) => record.resource.attributes)).toEqual([
        { 'service.name': 'shop' },
      ]);
      expect(kept.metrics.points('thing.tried')).toHaveLength(1);
      box.emit(TRIED, VALUES);
      await vi.advanceTimersByTimeAsync(1000);
      expect(kept.logs.records).toHaveLength(2);
      expect(told).toEqual([
        "signalbox: the app's resource was not detected within 3000 ms: exports go on with what is known of it",
      ]);
      expect(await box.shutdown()).toEqual({ complete: true, undelivered: {} });
    } finally {
      vi.useRealTimers();
    }
  });
});
