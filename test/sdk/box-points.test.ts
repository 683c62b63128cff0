import { metrics as metricsApi } from '@opentelemetry/api';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import type { Signalbox } from 'signalbox';
import { createSignalbox, defineSignal, field } from 'signalbox';
import { exporters } from 'signalbox/sdk';
import { afterEach, describe, expect, test } from 'vitest';
import { CORE } from '../../src/box/core.js';
import { recordDiag, resetOtel } from '../support/otel.js';
import { startSdk, stopSdks } from './app.js';
import { KeptMetrics, labelsOf } from './helpers.js';

afterEach(async () => {
  await stopSdks();
  resetOtel();
});

const DELTA = 0;
const TEMPORALITIES = [0, 1];
const BOX = 'signalbox.box';

const DONE = defineSignal('THING_DONE', {
  fields: { kind: field.string(), size: field.number() },
  metrics: [
    { type: 'counter', name: 'done.count', by: ['kind'] },
    { type: 'counter', name: 'done.bytes', of: 'size', by: ['kind'] },
    { type: 'upDownCounter', name: 'done.level', of: 'size', by: ['kind'] },
    { type: 'gauge', name: 'done.last', of: 'size', by: ['kind'] },
    { type: 'histogram', name: 'done.size', of: 'size', by: ['kind'], buckets: [2, 5] },
  ],
});

/** A backend that takes points as they come, by identity: the sums of what each rose by, with resets as Prometheus sees them. */
function increase(metrics: KeptMetrics, name: string): number {
  const last = new Map<string, number>();
  let rise = 0;
  for (const { aggregationTemporality, dataPoints } of metrics.of(name)) {
    for (const { attributes, value } of dataPoints) {
      const n = typeof value === 'number' ? value : value.count;
      const before = aggregationTemporality === DELTA ? 0 : (last.get(labelsOf(attributes)) ?? 0);
      rise += n < before ? n : n - before;
      last.set(labelsOf(attributes), n);
    }
  }
  return rise;
}

/** Points of a counter that are lower than the one before them of their identity: another box's. */
function falls(metrics: KeptMetrics, name: string): number {
  const last = new Map<string, number>();
  let fallen = 0;
  for (const { attributes, value } of metrics.points(name)) {
    const n = typeof value === 'number' ? value : value.count;
    if (n < (last.get(labelsOf(attributes)) ?? 0)) fallen++;
    last.set(labelsOf(attributes), n);
  }
  return fallen;
}

type Box = Signalbox<string>;

/** The ways that two boxes of one process come to one endpoint. */
const WAYS: Readonly<Record<string, (metrics: KeptMetrics) => readonly [Box, Box]>> = {
  'exporters and nodeSdk beside a plain box': (metrics) => {
    const box = createSignalbox({ destinations: { all: exporters({ metrics }) }, otherTelemetry: 'all' });
    startSdk(box);
    return [box, createSignalbox()];
  },
  'a plain box beside exporters and nodeSdk, made before it': (metrics) => {
    const plain = createSignalbox();
    const box = createSignalbox({ destinations: { all: exporters({ metrics }) }, otherTelemetry: 'all' });
    startSdk(box);
    return [plain, box];
  },
  'exporters that give the SDK the same too, beside a plain box': (metrics) => {
    const box = createSignalbox({
      destinations: { all: exporters({ metrics }) },
      otherTelemetry: 'all',
      routes: [{ signals: '*', to: ['all', 'otel'] }],
    });
    startSdk(box);
    return [box, createSignalbox()];
  },
  'two with exporters': (metrics) => [
    createSignalbox({ destinations: { all: exporters({ metrics }) }, otherTelemetry: 'all' }),
    createSignalbox({ destinations: { all: exporters({ metrics }) }, otherTelemetry: 'all' }),
  ],
  'both on the SDK': (metrics) => {
    const reader = new PeriodicExportingMetricReader({
      exporter: metrics as never,
      exportIntervalMillis: 3_600_000,
    });
    metricsApi.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));
    return [createSignalbox(), createSignalbox()];
  },
  "exporters, beside a plain box on an SDK that has the app's own reader": (metrics) => {
    const reader = new PeriodicExportingMetricReader({
      exporter: metrics as never,
      exportIntervalMillis: 3_600_000,
    });
    metricsApi.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));
    return [
      createSignalbox(),
      createSignalbox({ destinations: { all: exporters({ metrics }) }, otherTelemetry: 'all' }),
    ];
  },
};

describe.each(Object.entries(WAYS))('%s', (_, make) => {
  test.each(TEMPORALITIES)(
    'two boxes - what a backend counts is what was emitted: temporality %i',
    async (temporality) => {
      recordDiag();
      const metrics = new KeptMetrics(temporality);
      const [first, second] = make(metrics);
      let [emits, bytes] = [0, 0];
      for (let round = 0; round < 4; round++) {
        for (const [box, times] of [
          [first, 7 + round],
          [second, 2],
        ] as const) {
          for (let i = 0; i < times; i++) {
            box.emit(DONE, { kind: 'a', size: i + round });
            emits++;
            bytes += i + round;
          }
        }
        await first.forceFlush();
        await second.forceFlush();
      }
      expect(increase(metrics, 'done.count')).toBe(emits);
      expect(increase(metrics, 'done.bytes')).toBe(bytes);
      expect(increase(metrics, 'done.size')).toBe(emits);
      const level = metrics.total('done.level', temporality === DELTA ? 'sum' : 'last');
      expect(Object.values(level).reduce((sum, n) => sum + n, 0)).toBe(bytes);
      if (temporality !== DELTA)
        for (const name of ['done.count', 'done.size', 'signalbox.items'])
          expect([name, falls(metrics, name)]).toEqual([name, 0]);
      await Promise.all([first.shutdown(), second.shutdown()]);
    },
  );
});

function ownBox(metrics: KeptMetrics): Signalbox<'all' | 'otel'> {
  return createSignalbox({ destinations: { all: exporters({ metrics }) }, otherTelemetry: 'all' });
}

async function give(box: Box, times: number): Promise<void> {
  for (let i = 0; i < times; i++) box.emit(DONE, { kind: 'a', size: 1 });
  await box.forceFlush();
}

describe('the points of a box', () => {
  test('one box - adds nothing to any point', async () => {
    const metrics = new KeptMetrics();
    const box = ownBox(metrics);
    await give(box, 3);
    for (const name of metrics.names)
      for (const { attributes } of metrics.points(name)) expect(attributes).not.toHaveProperty([BOX]);
    expect(box.describe().notes).toEqual([]);
  });

  test('two boxes - that have different instruments add nothing to theirs', async () => {
    const OTHER = defineSignal('OTHER_DONE', { metrics: [{ type: 'counter', name: 'other.count' }] });
    const [one, two] = [new KeptMetrics(), new KeptMetrics()];
    const [a, b] = [ownBox(one), ownBox(two)];
    await give(a, 1);
    b.emit(OTHER);
    await b.forceFlush();
    expect(two.total('other.count', 'last')).toEqual({ '': 1 });
  });

  test('three boxes - the first has its points as they are, each other its number on all of them, also on what it observes and tells of itself', async () => {
    const all = [new KeptMetrics(), new KeptMetrics(), new KeptMetrics()];
    const gauge = { type: 'observableGauge', name: 'depth', unit: '1', description: '' } as const;
    for (const metrics of all) {
      const box = ownBox(metrics);
      box[CORE].observe(gauge, (result) => result.observe(1, { queue: 'q' }));
      await give(box, 2);
    }
    const numbers = all.map((metrics) => {
      const points = metrics.names.flatMap((name) => metrics.points(name));
      expect(points.length).toBeGreaterThan(6);
      return [...new Set(points.map(({ attributes }) => attributes[BOX]))];
    });
    expect(numbers).toEqual([[undefined], [2], [3]]);
  });

  test('a box that is made when another was shut down - begins anew under the same identity, as after a restart', async () => {
    const metrics = new KeptMetrics();
    const first = ownBox(metrics);
    await give(first, 10);
    await first.shutdown();
    const before = metrics.points('done.count').at(-1);
    const second = ownBox(metrics);
    await give(second, 3);
    const after = metrics.points('done.count').at(-1);
    expect(after?.attributes).not.toHaveProperty([BOX]);
    expect(Object.keys(metrics.total('done.count', 'last'))).toHaveLength(1);
    const nanos = (time: readonly [number, number] | undefined) =>
      Number(time?.[0]) * 1e9 + Number(time?.[1]);
    expect(nanos(after?.startTime)).toBeGreaterThanOrEqual(nanos(before?.endTime));
    await second.shutdown();
  });

  test('boxes without end - leave no more behind than the names of their instruments', async () => {
    const metrics = new KeptMetrics(DELTA);
    for (let i = 0; i < 300; i++) {
      const box = ownBox(metrics);
      await give(box, 1);
      await box.shutdown();
    }
    const writers = (globalThis as Record<symbol, { first: Map<string, number> }>)[
      Symbol.for('signalbox.writers.1')
    ];
    expect(writers?.first.size).toBeLessThan(20);
  });

  test('the overflow series - says which box it is of too', async () => {
    recordDiag();
    const [one, two] = [new KeptMetrics(), new KeptMetrics()];
    for (const metrics of [one, two]) {
      const box = ownBox(metrics);
      for (let i = 0; i < 2100; i++) box.emit(DONE, { kind: `k${i}`, size: 1 });
      await box.forceFlush();
    }
    expect(one.total('done.count', 'last')).toHaveProperty(['otel.metric.overflow=true'], 101);
    expect(two.total('done.count', 'last')).toHaveProperty(
      ['otel.metric.overflow=true signalbox.box=2'],
      101,
    );
  });

  test('describe() - says which points say which box they are of', async () => {
    const [a, b] = [ownBox(new KeptMetrics()), ownBox(new KeptMetrics())];
    await give(a, 1);
    await give(b, 1);
    expect(a.describe().notes).toEqual([]);
    expect(String(b.describe())).toContain('notes\n  metrics: points of ');
    expect(b.describe().notes[0]).toContain('done.count');
    expect(b.describe().notes[0]).toContain('`signalbox.box` = 2');
  });
});
