import { createSignalbox, defineSignal, field } from 'signalbox';
import { exporters } from 'signalbox/sdk';
import { afterEach, describe, expect, test } from 'vitest';
import { CORE } from '../../src/box/core.js';
import type { ExportCallback } from '../../src/sdk/exporter-like.js';
import { Aggregation } from '../../src/sdk/metrics/aggregation.js';
import { CARDINALITY_LIMIT } from '../../src/sdk/metrics/series-limit.js';
import { recordDiag, resetOtel, startOtel } from '../support/otel.js';
import { KeptMetrics } from './helpers.js';

afterEach(resetOtel);

const DELTA = 0;
const MEASURED = defineSignal('THING_MEASURED', {
  fields: { kind: field.string(), size: field.number() },
  metrics: [
    { type: 'counter', name: 'thing.bytes', of: 'size', by: ['kind'] },
    { type: 'upDownCounter', name: 'thing.level', of: 'size', by: ['kind'] },
    { type: 'histogram', name: 'thing.size', of: 'size', by: ['kind'], buckets: [1, 10] },
    { type: 'gauge', name: 'thing.now', of: 'size', by: ['kind'] },
  ],
});
const LARGEST = Number.MAX_VALUE;

function sumsOf(metrics: KeptMetrics, name: string): number[] {
  return metrics
    .points(name)
    .map(({ value }) => (typeof value === 'number' ? value : (value.sum ?? Number.NaN)));
}

describe('a sum that would not be finite', () => {
  test.each([0, 1])(
    'a measurement - that its series can not hold is dropped and counted, the series stays what it was: temporality %i',
    async (temporality) => {
      const told = recordDiag();
      const metrics = new KeptMetrics(temporality);
      const box = createSignalbox({ destinations: { all: exporters({ metrics }) } });
      for (const size of [1, LARGEST, LARGEST, 2]) box.emit(MEASURED, { kind: 'a', size });
      await box.forceFlush();
      for (const name of ['thing.bytes', 'thing.level', 'thing.size'])
        expect(sumsOf(metrics, name)).toEqual([LARGEST]);
      expect(sumsOf(metrics, 'thing.now')).toEqual([2]);
      expect(metrics.points('thing.size')[0]?.value).toMatchObject({ count: 3 });
      const { channels } = box.stats().destinations.all ?? {};
      expect(channels?.metrics).toMatchObject({
        routed: 7,
        delivered: 4,
        dropped: { overflow: 3 },
        queued: 0,
      });
      expect(told).toHaveLength(3);
      expect(told[0]).toContain(
        "'thing.bytes' was given a value that is not finite, or that its sum can not hold",
      );
    },
  );

  test('a measurement - is looked at together with what was collected before it', async () => {
    recordDiag();
    const [cumulative, delta] = [new KeptMetrics(), new KeptMetrics(DELTA)];
    const box = createSignalbox({
      destinations: { all: exporters({ metrics: cumulative }), each: exporters({ metrics: delta }) },
    });
    for (let i = 0; i < 3; i++) {
      box.emit(MEASURED, { kind: 'a', size: LARGEST / 1.5 });
      await box.forceFlush();
    }
    for (const name of ['thing.bytes', 'thing.level', 'thing.size']) {
      for (const metrics of [cumulative, delta])
        for (const sum of sumsOf(metrics, name)) expect(Number.isFinite(sum)).toBe(true);
      expect(new Set(sumsOf(cumulative, name))).toEqual(new Set([LARGEST / 1.5]));
    }
    for (const name of ['all', 'each'])
      expect(box.stats().destinations[name]?.channels.metrics?.dropped).toEqual({ overflow: 6 });
  });

  test("a measurement - of 1e300 or more is not given to the app's own metrics, and counted", async () => {
    const told = recordDiag();
    const otel = startOtel();
    const box = createSignalbox();
    for (const size of [1e299, 1e300, -1e300, 5]) box.emit(MEASURED, { kind: 'a', size });
    await box.forceFlush();
    expect(box.stats().destinations.otel?.channels.metrics).toMatchObject({
      routed: 16,
      handedOver: 8,
      dropped: { overflow: 8 },
    });
    expect(told.filter((line) => line.includes('a measurement of 1e+300 or more'))).toHaveLength(1);
    await otel.shutdown?.();
  });

  test.each([0, 1])(
    'an observation - that is not finite, or differs by more than a number holds, is dropped and counted: temporality %i',
    async (temporality) => {
      recordDiag();
      const metrics = new KeptMetrics(temporality);
      const box = createSignalbox({ destinations: { all: exporters({ metrics }) }, otherTelemetry: 'all' });
      let values = [1, Number.POSITIVE_INFINITY];
      box[CORE].observe(
        { type: 'observableUpDownCounter', name: 'level', unit: '1', description: '' },
        (result) => {
          for (const [i, value] of values.entries()) result.observe(value, { i });
        },
      );
      await box.forceFlush();
      expect(sumsOf(metrics, 'level')).toEqual([1]);
      expect(box.stats().destinations.all?.channels.metrics?.dropped).toEqual({ overflow: 1 });
      for (values of [[LARGEST], [-LARGEST]]) await box.forceFlush();
      for (const value of sumsOf(metrics, 'level')) expect(Number.isFinite(value)).toBe(true);
      expect(box.stats().destinations.all?.channels.metrics?.dropped.overflow).toBe(
        temporality === DELTA ? 2 : 1,
      );
    },
  );
});

describe('the times of points', () => {
  test('a point - never begins after its end nor before 1970, whatever the clock does', async () => {
    let now = 1000;
    const aggregation = new Aggregation(() => now, {
      overflowed: () => {},
      failed: () => {},
      negative: () => {},
      refused: () => {},
    });
    const collectors = [{ temporality: () => 0 }, { temporality: () => 1 }];
    for (const collector of collectors) aggregation.addCollector(collector);
    const counter = aggregation.createCounter('n');
    const gauge = aggregation.createObservableGauge('g');
    gauge.addCallback((result) => result.observe(1));
    for (now of [5000, 1000, -5000, 9_000_000_000_000_000, 1000]) {
      counter.add(1);
      for (const collector of collectors)
        for (const { dataPoints } of await aggregation.collect(collector, () => true, 1000))
          for (const { startTime, endTime } of dataPoints) {
            const [start, end] = [startTime, endTime].map(([s, ns]) => s * 1e9 + ns) as [number, number];
            expect(start).toBeGreaterThanOrEqual(0);
            expect(end).toBeGreaterThanOrEqual(start);
            expect(end).toBeLessThan(2 ** 64);
          }
    }
  });
});

describe('labels', () => {
  test('labels - of one instrument are bounded in bytes: the rest goes to the overflow series, and is told', async () => {
    const told = recordDiag();
    const metrics = new KeptMetrics();
    const box = createSignalbox({ destinations: { all: exporters({ metrics }) } });
    for (let i = 0; i < 1500; i++) box.emit(MEASURED, { kind: `${i} ${'x'.repeat(4000)}`, size: 1 });
    await box.forceFlush();
    const points = metrics.points('thing.bytes');
    expect(points.length).toBeLessThan(CARDINALITY_LIMIT / 2);
    const held = points.reduce((sum, { attributes }) => sum + String(attributes.kind ?? '').length, 0);
    expect(held).toBeLessThan(4 * 1024 * 1024);
    const overflow = points.filter(({ attributes }) => attributes['otel.metric.overflow'] === true);
    expect(overflow).toHaveLength(1);
    expect(points.reduce((sum, { value }) => sum + Number(value), 0)).toBe(1500);
    expect(told).toContain(
      "signalbox: the metric 'thing.bytes' has too many series; further ones are added up in one. Take labels away, or give it more room, by a view (attributesProcessors, aggregationCardinalityLimit)",
    );
  });

  test('labels - that are observed are bounded in bytes too, and series that went make room', async () => {
    recordDiag();
    const metrics = new KeptMetrics();
    const box = createSignalbox({ destinations: { all: exporters({ metrics }) }, otherTelemetry: 'all' });
    let from = 0;
    box[CORE].observe({ type: 'observableGauge', name: 'level', unit: '1', description: '' }, (result) => {
      for (let i = from; i < from + 100; i++) result.observe(i, { text: `${i} ${'x'.repeat(100_000)}` });
    });
    for (from of [0, 100, 200]) {
      const before = metrics.points('level').length;
      await box.forceFlush();
      const points = metrics.points('level').slice(before);
      const held = points.reduce((sum, { attributes }) => sum + String(attributes.text ?? '').length, 0);
      expect(held).toBeLessThan(4 * 1024 * 1024);
      expect(points.length).toBeGreaterThan(5);
      expect(points.filter(({ attributes }) => attributes['otel.metric.overflow'] === true)).toHaveLength(1);
    }
  });
});

describe('a collection that is refused for good', () => {
  /** Takes no collection with such a point in it. */
  function refusing(bad: (point: { attributes: Record<string, unknown> }, metric: string) => boolean) {
    const metrics = new KeptMetrics(DELTA);
    const take = metrics.export.bind(metrics);
    let calls = 0;
    metrics.export = (batch, done: ExportCallback) => {
      calls++;
      const all = (batch as KeptMetrics['batches'][number]).scopeMetrics.flatMap((scope) => scope.metrics);
      const refused = all.some(({ descriptor, dataPoints }) =>
        dataPoints.some((point) => bad(point as never, descriptor.name)),
      );
      if (refused) done({ code: 1, error: Object.assign(new Error('no'), { code: 400 }) });
      else take(batch, done);
    };
    return { metrics, calls: () => calls };
  }

  test('a collection - with one bad point loses that point alone', async () => {
    recordDiag();
    const { metrics, calls } = refusing(
      ({ attributes }, name) => name === 'thing.level' && attributes.kind === '77',
    );
    const box = createSignalbox({ destinations: { all: exporters({ metrics }) } });
    for (let i = 0; i < 200; i++) box.emit(MEASURED, { kind: String(i), size: 1 });
    await box.forceFlush();
    for (const name of ['thing.bytes', 'thing.size', 'thing.now'])
      expect(Object.keys(metrics.total(name, 'sum'))).toHaveLength(200);
    expect(Object.keys(metrics.total('thing.level', 'sum'))).toHaveLength(199);
    expect(box.stats().destinations.all?.channels.metrics).toMatchObject({
      routed: 800,
      delivered: 799,
      failed: 0,
      dropped: { refused: 1 },
      queued: 0,
    });
    expect(calls()).toBeLessThanOrEqual(1 + 2 * 10 + 2);
    for (const { scopeMetrics, resource } of metrics.batches) {
      expect(resource.attributes).toBeDefined();
      expect(scopeMetrics).toHaveLength(1);
      expect(scopeMetrics[0]?.scope.name).toBe('signalbox');
    }
  });

  test('a collection - with one bad metric loses that metric alone', async () => {
    recordDiag();
    const { metrics } = refusing((_, name) => name === 'thing.size');
    const box = createSignalbox({ destinations: { all: exporters({ metrics }) } });
    for (let i = 0; i < 20; i++) box.emit(MEASURED, { kind: String(i), size: 1 });
    await box.forceFlush();
    expect(metrics.names).toEqual(['thing.bytes', 'thing.level', 'thing.now']);
    for (const name of metrics.names) expect(Object.keys(metrics.total(name, 'sum'))).toHaveLength(20);
    expect(box.stats().destinations.all?.channels.metrics).toMatchObject({
      routed: 80,
      delivered: 60,
      dropped: { refused: 20 },
    });
  });
});
