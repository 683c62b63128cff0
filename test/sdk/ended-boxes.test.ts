import { metrics as metricsApi } from '@opentelemetry/api';
import type { ViewOptions } from '@opentelemetry/sdk-metrics';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import type { Signalbox } from 'signalbox';
import { createSignalbox, defineSignal, field } from 'signalbox';
import { exporters } from 'signalbox/sdk';
import { afterEach, expect, test } from 'vitest';
import { CORE } from '../../src/box/core.js';
import { BOX, BoxPoints } from '../../src/telemetry/point-marks.js';
import { recordDiag, resetOtel } from '../support/otel.js';
import { startSdk, stopSdks } from './app.js';
import { KeptMetrics, labelsOf, settle } from './helpers.js';

afterEach(async () => {
  await stopSdks();
  resetOtel();
});

const DONE = defineSignal('WORK_DONE', {
  fields: { kind: field.string() },
  metrics: [{ type: 'counter', name: 'work.done', by: ['kind'] }],
});

/** Series of an instrument, where views say so. */
const FEW = 5;

const OVERFLOW = 'otel.metric.overflow=true';

function sdkOn(metrics: KeptMetrics, views: readonly ViewOptions[] = []): MeterProvider {
  const reader = new PeriodicExportingMetricReader({
    exporter: metrics as never,
    exportIntervalMillis: 3_600_000,
  });
  const provider = new MeterProvider({ readers: [reader], views: [...views] });
  metricsApi.setGlobalMeterProvider(provider);
  return provider;
}

function exporting(
  metrics: KeptMetrics,
  to: readonly ('all' | 'otel')[] = ['all'],
  views?: readonly ViewOptions[],
): Signalbox {
  return createSignalbox({
    destinations: { all: exporters({ metrics, ...(views ? { views } : {}) }) },
    otherTelemetry: 'all',
    routes: [{ signals: '*', to }],
  });
}

function identities(metrics: KeptMetrics): string[] {
  return metrics.names.flatMap((name) =>
    metrics.points(name).map(({ attributes }) => `${name} ${labelsOf(attributes)}`),
  );
}

function overflow(box: Signalbox): void {
  for (let i = 0; i < FEW + 3; i++) box.emit(DONE, { kind: `k${i}` });
}

test('shutdown() - what a box gave the SDK beside its exporters goes on there, and the next box has none of its identities', async () => {
  const [sdk, next] = [new KeptMetrics(), new KeptMetrics()];
  const provider = sdkOn(sdk);
  const both = exporting(new KeptMetrics(), ['all', 'otel']);
  both.emit(DONE, { kind: 'a' });
  await both.shutdown();
  const box = exporting(next, ['all', 'otel']);
  box.emit(DONE, { kind: 'a' });
  await box.forceFlush();
  await provider.forceFlush();
  expect(sdk.total('work.done', 'last')).toHaveProperty(['kind=a'], 1);
  const shared = identities(next).filter((identity) => identities(sdk).includes(identity));
  // The SDK is given the same by the box, under the mark that it exports by itself.
  expect(shared.filter((identity) => !identity.includes(BOX))).toEqual([]);
});

test('shutdown() - the overflow series of an ended box is left to the SDK where a living one writes to it', async () => {
  recordDiag();
  const [sdk, next] = [new KeptMetrics(), new KeptMetrics()];
  const views = [{ instrumentName: 'work.done', aggregationCardinalityLimit: FEW }];
  const provider = sdkOn(sdk, views);
  const first = exporting(new KeptMetrics(), ['all'], views);
  overflow(first);
  await first.forceFlush();
  const plain = createSignalbox();
  plain.emit(DONE, { kind: 'a' });
  await first.shutdown();
  overflow(plain);
  const box = exporting(next, ['all'], views);
  overflow(box);
  await box.forceFlush();
  await provider.forceFlush();
  expect(identities(sdk)).toContain(`work.done ${OVERFLOW}`);
  expect(identities(next)).not.toContain(`work.done ${OVERFLOW}`);
  expect(identities(next).filter((identity) => identities(sdk).includes(identity))).toEqual([]);
});

test('shutdown() - what no SDK was given is free: the next box begins it anew', async () => {
  const first = exporting(new KeptMetrics());
  first.emit(DONE, { kind: 'a' });
  await first.shutdown();
  const metrics = new KeptMetrics();
  const box = exporting(metrics);
  box.emit(DONE, { kind: 'a' });
  await box.forceFlush();
  expect(metrics.total('work.done', 'last')).toEqual({ 'kind=a': 1 });
});

test('disable() - the last collection, which comes after it, claims nothing', async () => {
  const first = exporting(new KeptMetrics());
  first.emit(DONE, { kind: 'a' });
  first.disable();
  await settle();
  expect(first.stats().destinations.all?.channels.metrics?.dropped).toHaveProperty('shutdown');
  const metrics = new KeptMetrics();
  const box = exporting(metrics);
  box.emit(DONE, { kind: 'a' });
  await box.forceFlush();
  expect(metrics.total('work.done', 'last')).toEqual({ 'kind=a': 1 });
});

test('marks - a box that has ended takes no claim, and tells what it gives the SDK under its own', () => {
  const [ended, next] = [new BoxPoints(true), new BoxPoints(true)];
  const points = { instrument: 'late', observed: false };
  ended.end();
  expect(ended.mark({ ...points, given: true })).toEqual({ [BOX]: ended.number });
  expect(ended.mark({ ...points, instrument: 'later' })).toBeUndefined();
  for (const instrument of ['late', 'later']) expect(next.mark({ ...points, instrument })).toBeUndefined();
});

const gauge = (name: string) => ({ type: 'observableGauge', name, unit: '1', description: '' }) as const;

/** By instrument, the marks that its points have. */
function marksOf(metrics: KeptMetrics, names: readonly string[]): unknown[] {
  return names.map((name) => [...new Set(metrics.points(name).map(({ attributes }) => attributes[BOX]))]);
}

test('two boxes - what one observes has one mark on all of it, for queries join it', async () => {
  const all = [new KeptMetrics(), new KeptMetrics()];
  const [one, two] = all.map((metrics) => exporting(metrics)) as [Signalbox, Signalbox];
  one[CORE].observe(gauge('depth'), (result) => result.observe(1));
  for (const name of ['depth', 'depth.known']) two[CORE].observe(gauge(name), (result) => result.observe(1));
  // Whose turn it is, instrument by instrument, decides nothing.
  await one.forceFlush();
  await two.forceFlush();
  one[CORE].observe(gauge('depth.known'), (result) => result.observe(1));
  await one.forceFlush();
  const names = ['depth', 'depth.known'];
  expect(marksOf(all[0] as KeptMetrics, names)).toEqual([[undefined], [undefined]]);
  expect(marksOf(all[1] as KeptMetrics, names)).toEqual([[2], [2]]);
});

test.each([
  ['the plain box', true],
  ['the one with exporters', false],
])('nodeSdk() - what a plain box observes has one mark too, where %s is the first', async (_, isFirst) => {
  const metrics = new KeptMetrics();
  const box = exporting(metrics);
  const sdk = new KeptMetrics();
  const provider = sdkOn(sdk);
  const plain = createSignalbox();
  const names = ['depth', 'depth.known'];
  const observe = (who: Signalbox, name: string) =>
    who[CORE].observe(gauge(name), (result) => result.observe(1));
  const both = [
    { who: plain, flush: () => provider.forceFlush() },
    { who: box, flush: () => box.forceFlush() },
  ] as const;
  const [one, two] = isFirst ? both : ([both[1], both[0]] as const);
  observe(one.who, 'depth');
  await one.flush();
  for (const name of names) observe(two.who, name);
  await two.flush();
  observe(one.who, 'depth.known');
  await one.flush();
  const [first, second] = isFirst ? [sdk, metrics] : [metrics, sdk];
  expect(marksOf(first, names)).toEqual([[undefined], [undefined]]);
  expect(marksOf(second, names)).toEqual([[2], [2]]);
});

test('nodeSdk() - unmarked points of another copy are told apart all alike where the box has any that are observed', async () => {
  const metrics = new KeptMetrics();
  const box = exporting(metrics);
  box[CORE].observe(gauge('depth'), (result) => result.observe(1));
  await box.forceFlush();
  startSdk(box);
  const meter = metricsApi.getMeter('signalbox');
  for (const name of ['depth', 'depth.known'])
    meter.createObservableGauge(name).addCallback((result) => result.observe(7, { copy: 'old' }));
  await box.forceFlush();
  const old = ['depth', 'depth.known'].map((name) =>
    metrics.points(name).flatMap(({ attributes }) => (attributes.copy ? [attributes[BOX]] : [])),
  );
  expect(old).toEqual([[2], [2]]);
});

test.each([
  ['before', true],
  ['after', false],
])(
  'nodeSdk() - views that rename an instrument make no one identity of two boxes: the plain one measured %s',
  async (_, isFirst) => {
    const metrics = new KeptMetrics();
    const box = exporting(metrics);
    startSdk(box, { views: [{ instrumentName: 'work.done', name: 'tasks' }] });
    const plain = createSignalbox();
    for (const [who, times] of isFirst
      ? ([
          [plain, 5],
          [box, 3],
        ] as const)
      : ([
          [box, 3],
          [plain, 5],
        ] as const)) {
      for (let i = 0; i < times; i++) who.emit(DONE, { kind: 'a' });
      await box.forceFlush();
    }
    await box.forceFlush();
    const total = metrics.total('tasks', 'last');
    expect(Object.values(total).sort()).toEqual([3, 5]);
    expect(total['kind=a']).toBe(isFirst ? 5 : 3);
  },
);
