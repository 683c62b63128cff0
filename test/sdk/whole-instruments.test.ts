import type { AnySignal, Route, Signalbox } from 'signalbox';
import { createSignalbox, defineSignal, field } from 'signalbox';
import { exporters } from 'signalbox/sdk';
import { afterEach, describe, expect, test } from 'vitest';
import { CORE } from '../../src/box/core.js';
import { recordDiag, resetOtel, startOtel } from '../support/otel.js';
import { KeptMetrics } from './helpers.js';

afterEach(resetOtel);

let n = 0;

/** Two signals of one instrument; the first is not defined before it is asked for. */
function two() {
  n++;
  const metric = `whole.n${n}`;
  const define = (name: string): AnySignal =>
    defineSignal(name, {
      fields: { kind: field.string(), size: field.number() },
      metrics: [
        { type: 'counter', name: `${metric}.count`, by: ['kind'] },
        { type: 'upDownCounter', name: `${metric}.level`, of: 'size', by: ['kind'] },
        { type: 'gauge', name: `${metric}.last`, of: 'size', by: ['kind'] },
        { type: 'histogram', name: `${metric}.size`, of: 'size', by: ['kind'], buckets: [2, 5] },
      ],
    });
  return { metric, routed: () => define(`AA_${n}`), other: define(`BB_${n}`) };
}

function emit(box: Signalbox<string>, signal: AnySignal, sizes: readonly number[], kind = 'k'): void {
  for (const size of sizes) box[CORE].emit(signal, { kind, size });
}

const ROUTES: readonly (readonly [string, (name: string) => Route])[] = [
  ['a pattern', () => ({ signals: 'AA_*', to: 'all' })],
  ['a name', () => ({ signals: `AA_${n}`, to: 'all' })],
  ["'*' with an except", () => ({ signals: '*', except: 'BB_*', to: 'all' })],
  ['a severity with an except', () => ({ minSeverity: 'fatal', except: 'BB_*', to: 'all' })],
  ['a pattern narrowed to metrics', () => ({ signals: 'AA_*', to: 'all', channels: ['metrics'] })],
];

describe('an instrument of which a destination is routed one signal', () => {
  describe.each(ROUTES)('by %s', (_, routeOf) => {
    test.each([
      [0, 'defined before'],
      [1, 'defined before'],
      [0, 'defined later'],
      [1, 'defined later'],
    ])(
      'an instrument - comes whole from its first emit on: temporality %i, the signal is %s',
      async (temporality, when) => {
        recordDiag();
        const { metric, routed, other } = two();
        const early = when === 'defined before' ? routed() : undefined;
        const [metrics, slow] = [new KeptMetrics(temporality), new KeptMetrics(temporality)];
        const box = createSignalbox({
          destinations: {
            all: exporters({ metrics }),
            // Takes it at all times, at the same times: what it was told is not lost for the other.
            each: exporters({ metrics: slow }),
          },
          routes: [routeOf('') as never, { signals: other, to: 'each' }],
        });
        emit(box, other, [1, 2, 3, 4, 5]);
        await box.forceFlush();
        emit(box, early ?? routed(), [6]);
        emit(box, other, [7, 1]);
        await box.forceFlush();
        const how = temporality === 0 ? 'sum' : 'last';
        for (const kept of [metrics, slow]) {
          expect(kept.total(`${metric}.count`, how)).toEqual({ 'kind=k': 8 });
          expect(kept.total(`${metric}.level`, how)).toEqual({ 'kind=k': 29 });
          expect(kept.total(`${metric}.size`, how)).toEqual({ 'kind=k': 8 });
          expect(kept.total(`${metric}.last`, 'last')).toEqual({ 'kind=k': 1 });
        }
        expect(box.stats()).toMatchObject({ emitted: 8, unrouted: 0 });
      },
    );
  });

  test.each(['defined before', 'defined later'])(
    "an instrument - comes whole to the app's own SDK too, and each measurement is counted: the signal is %s",
    async (when) => {
      const otel = startOtel();
      const { metric, routed, other } = two();
      const early = when === 'defined before' ? routed() : undefined;
      const box = createSignalbox({ routes: [{ signals: 'AA_*', to: 'otel' }] });
      emit(box, other, [1, 2, 3]);
      emit(box, other, [4, 5], 'l');
      emit(box, early ?? routed(), [6]);
      emit(box, other, [7, 1]);
      expect(await otel.points(`${metric}.count`)).toEqual([
        { labels: { kind: 'k' }, value: 6 },
        { labels: { kind: 'l' }, value: 2 },
      ]);
      expect(await otel.points(`${metric}.level`)).toMatchObject([{ value: 20 }, { value: 9 }]);
      expect(await otel.points(`${metric}.last`)).toMatchObject([{ value: 1 }, { value: 5 }]);
      expect(await otel.points(`${metric}.size`)).toMatchObject([
        { value: 6, sum: 20, counts: [3, 1, 2] },
        { value: 2, sum: 9, counts: [0, 2, 0] },
      ]);
      expect(box.stats()).toMatchObject({ emitted: 8, unrouted: 0 });
      expect(box.stats().destinations.otel?.channels.metrics).toMatchObject({ routed: 32, handedOver: 32 });
    },
  );

  test('an instrument - is given when its signal is but defined, with the next flush', async () => {
    const otel = startOtel();
    const { metric, routed, other } = two();
    const metrics = new KeptMetrics();
    const box = createSignalbox({
      destinations: { all: exporters({ metrics }) },
      routes: [{ signals: 'AA_*', to: ['all', 'otel'] }],
    });
    emit(box, other, [1, 2]);
    await box.forceFlush();
    expect(box.stats()).toMatchObject({ emitted: 0, unrouted: 2 });
    expect(metrics.of(`${metric}.count`)).toEqual([]);
    routed();
    await box.forceFlush();
    expect(metrics.total(`${metric}.count`, 'last')).toEqual({ 'kind=k': 2 });
    expect(await otel.points(`${metric}.count`)).toMatchObject([{ value: 2 }]);
    expect(box.stats()).toMatchObject({ emitted: 2, unrouted: 0 });
  });

  test('an instrument - whose signals no route can take is not kept, and stays unrouted', async () => {
    startOtel();
    const { other, routed } = two();
    const box = createSignalbox({ routes: [{ signals: 'ZZ_*', to: 'otel', channels: ['logs'] }] });
    emit(box, other, [1, 2]);
    routed();
    expect(box.stats()).toMatchObject({ emitted: 0, unrouted: 2 });
    box.route({ signals: 'AA_*', to: 'otel' });
    expect(box.stats()).toMatchObject({ emitted: 0, unrouted: 2 });
    emit(box, other, [3]);
    expect(box.stats()).toMatchObject({ emitted: 1, unrouted: 2 });
  });

  test('an instrument - that was taken while the route was there stays counted when the route has gone', async () => {
    const otel = startOtel();
    const { metric, other, routed } = two();
    const box = createSignalbox({ routes: [] });
    const undo = box.route({ signals: 'AA_*', to: 'otel' });
    emit(box, other, [1, 2]);
    routed();
    undo();
    emit(box, other, [3]);
    expect(box.stats()).toMatchObject({ emitted: 2, unrouted: 1 });
    expect(await otel.points(`${metric}.count`)).toMatchObject([{ value: 2 }]);
  });

  test('an instrument - is kept within bounds, and what is beyond them is counted when the rest is given', async () => {
    const otel = startOtel();
    recordDiag();
    const { metric, other, routed } = two();
    const box = createSignalbox({ routes: [{ signals: 'AA_*', to: 'otel' }] });
    for (let i = 0; i < 2500; i++) emit(box, other, [1], `k${i}`);
    emit(box, other, [1], 'k7');
    emit(box, routed(), [1], 'k7');
    const points = await otel.points(`${metric}.count`);
    expect(points).toHaveLength(2000);
    expect(points.find(({ labels }) => labels.kind === 'k7')).toMatchObject({ value: 3 });
    const { metrics } = box.stats().destinations.otel?.channels ?? {};
    expect(metrics).toMatchObject({
      routed: 4 * 2502,
      handedOver: 4 * 2002,
      dropped: { queue_full: 4 * 500 },
      queued: 0,
    });
  });

  test.each(['otel', 'all'] as const)(
    "an instrument - of which too much was emitted before its signal was defined has the first part: '%s'",
    async (to) => {
      const otel = startOtel();
      const told = recordDiag();
      const { metric, other, routed } = two();
      const metrics = new KeptMetrics();
      const box = createSignalbox({
        destinations: { all: exporters({ metrics }) },
        routes: [{ signals: 'AA_*', to }],
      });
      for (let i = 0; i < 12_000; i++) emit(box, other, [1]);
      expect(box.stats()).toMatchObject({ emitted: 0, unrouted: 12_000 });
      emit(box, routed(), [1]);
      emit(box, other, [1]);
      await box.forceFlush();
      if (to === 'otel') expect(await otel.points(`${metric}.size`)).toMatchObject([{ value: 10_002 }]);
      else expect(metrics.total(`${metric}.size`, 'last')).toEqual({ 'kind=k': 10_002 });
      expect(box.stats()).toMatchObject({ emitted: 10_002, unrouted: 2000 });
      expect(told.filter((line) => line.includes('the first 10000 are counted'))).toHaveLength(1);
    },
  );

  test('an instrument - that is taken by another destination meanwhile is kept for `otel` within the same bounds', async () => {
    const otel = startOtel();
    const told = recordDiag();
    const { metric, other, routed } = two();
    const metrics = new KeptMetrics();
    const box = createSignalbox({
      destinations: { all: exporters({ metrics }) },
      routes: [
        { signals: other, to: 'all' },
        { signals: 'AA_*', to: 'otel' },
      ],
    });
    for (let i = 0; i < 12_000; i++) emit(box, other, [1]);
    expect(box.stats()).toMatchObject({ emitted: 12_000, unrouted: 0 });
    expect(told.filter((line) => line.includes('the first 10000 are counted'))).toEqual([]);
    emit(box, routed(), [1]);
    emit(box, other, [1]);
    await box.forceFlush();
    expect(await otel.points(`${metric}.count`)).toMatchObject([{ value: 10_002 }]);
    expect(metrics.total(`${metric}.count`, 'last')).toEqual({ 'kind=k': 12_002 });
    expect(box.stats()).toMatchObject({ emitted: 12_002, unrouted: 0 });
    expect(told.filter((line) => line.includes('the first 10000 are counted'))).toHaveLength(1);
  });

  test('an instrument - what is too large for its sum while it is kept is refused alone, as by the SDK, and told so', async () => {
    const otel = startOtel();
    const told = recordDiag();
    const { metric, other, routed } = two();
    const box = createSignalbox({ routes: [{ signals: 'AA_*', to: 'otel' }] });
    emit(box, other, [3, 1e300, 9e299, 9e299]);
    emit(box, routed(), [1]);
    expect(await otel.points(`${metric}.level`)).toMatchObject([{ value: 9e299 }]);
    expect(box.stats().destinations.otel?.channels.metrics?.dropped).toEqual({ overflow: 4 });
    expect(told.some((line) => line.includes('a measurement of 1e+300 or more'))).toBe(true);
    expect(told.some((line) => line.includes('than is kept'))).toBe(false);
  });

  test('an instrument - what there was no room for is told as that, and not as too large', async () => {
    startOtel();
    const told = recordDiag();
    const { other, routed } = two();
    const box = createSignalbox({ routes: [{ signals: 'AA_*', to: 'otel' }] });
    for (let i = 0; i < 2100; i++) emit(box, other, [1], `k${i}`);
    emit(box, routed(), [1]);
    expect(told.some((line) => line.includes('more was measured before the signal was defined'))).toBe(true);
    expect(told.some((line) => line.includes('1e+300'))).toBe(false);
  });

  test("the box's own count of what was unrouted - never falls", async () => {
    const metrics = new KeptMetrics();
    const { other, routed } = two();
    const box = createSignalbox({
      destinations: { all: exporters({ metrics }) },
      otherTelemetry: 'all',
      routes: [{ signals: 'AA_*', to: 'all' }],
    });
    const told = (): number | undefined =>
      metrics.total('signalbox.items', 'last')['signalbox.drop.reason=unrouted signalbox.outcome=dropped'];
    emit(box, other, [1, 2]);
    await box.forceFlush();
    expect(told()).toBe(2);
    routed();
    await box.forceFlush();
    expect(box.stats().unrouted).toBe(0);
    expect(told()).toBe(2);
  });

  test('describe() - does not say that the metrics of a signal go nowhere that come through another of their signals', () => {
    startOtel();
    const { other, routed } = two();
    const first = routed();
    const box = createSignalbox({ signals: [first, other], routes: [{ signals: first, to: 'otel' }] });
    expect(String(box.describe())).not.toContain('go nowhere: no route takes');
  });
});
