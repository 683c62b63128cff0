import { DataPointType, InstrumentType } from '@opentelemetry/sdk-metrics';
import { createSignalbox, defineSignal, field, SignalboxError, when } from 'signalbox';
import { createJobs } from 'signalbox/jobs';
import { afterEach, describe, expect, test } from 'vitest';
import type { Point } from '../support/otel.js';
import { recordDiag, resetOtel, startOtel } from '../support/otel.js';

afterEach(resetOtel);

const MEASURED = defineSignal('TANK_MEASURED', {
  fields: {
    tank: field.id({ attribute: 'tank.id' }),
    place: field.string({ attribute: 'tank.place' }),
    kind: field.optional(field.oneOf(['oil', 'water'], { attribute: 'tank.kind' })),
    full: field.optional(field.boolean({ attribute: 'tank.full' })),
    litres: field.optional(field.number({ attribute: 'tank.litres' })),
    took: field.optional(field.duration({ attribute: 'tank.duration' })),
  },
  metrics: [
    {
      type: 'counter',
      name: 'tank.measured',
      unit: '{tank}',
      description: 'Tanks measured',
      by: ['place', 'kind', 'full'],
      constantLabels: { 'tank.source': 'sensor', 'tank.floor': 3 },
    },
    { type: 'counter', name: 'tank.flow', unit: 'l', of: 'litres' },
    { type: 'upDownCounter', name: 'tank.change', unit: 'l', of: 'litres', by: ['place'] },
    { type: 'gauge', name: 'tank.level', unit: 'l', of: 'litres', by: ['place'] },
    { type: 'histogram', name: 'tank.duration', unit: 's', of: 'took', by: ['place'] },
    { type: 'histogram', name: 'tank.distribution', unit: 'l', of: 'litres', buckets: [1, 10, 100] },
  ],
});
const OPENED = defineSignal('VALVE_OPENED', {
  metrics: [{ type: 'upDownCounter', name: 'valve.open', add: 2 }],
});
const CLOSED = defineSignal('VALVE_CLOSED', {
  fields: { place: field.string() },
  metrics: [{ type: 'upDownCounter', name: 'valve.open', add: -1, by: ['place'] }],
});

const SECONDS = [
  0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 30, 60, 300, 900, 3600,
];

describe('the metrics of a signal', () => {
  test('a counter - counts emissions by the labels that it declares, under their attribute keys, and its constant ones', async () => {
    const otel = startOtel();
    const box = createSignalbox();
    const one = { tank: 't-1', place: 'cellar', kind: 'oil', full: false } as const;
    box.emit(MEASURED, one);
    box.emit(MEASURED, { ...one, tank: 't-2' });
    box.emit(MEASURED, { tank: 't-1', place: 'roof' });
    const constant = { 'tank.source': 'sensor', 'tank.floor': 3 };
    expect(await otel.points('tank.measured')).toEqual<Point[]>([
      {
        labels: { ...constant, 'tank.place': 'cellar', 'tank.kind': 'oil', 'tank.full': false },
        value: 2,
      },
      { labels: { ...constant, 'tank.place': 'roof' }, value: 1 },
    ]);
    expect((await otel.metrics()).get('tank.measured')?.descriptor).toMatchObject({
      type: InstrumentType.COUNTER,
      unit: '{tank}',
      description: 'Tanks measured',
    });
  });

  test('a counter of a field - adds it up, and leaves out what is not known', async () => {
    const otel = startOtel();
    const box = createSignalbox();
    for (const litres of [1.5, undefined, 2.5]) box.emit(MEASURED, { tank: 't', place: 'p', litres });
    expect(await otel.points('tank.flow')).toEqual([{ labels: {}, value: 4 }]);
    expect(await otel.points('tank.distribution')).toMatchObject([{ value: 2 }]);
    expect(await otel.points('tank.duration')).toEqual([]);
  });

  test('an up-down counter - adds its field, or its constant', async () => {
    const otel = startOtel();
    const box = createSignalbox();
    for (const litres of [5, -7]) box.emit(MEASURED, { tank: 't', place: 'p', litres });
    box.emit(OPENED);
    expect(await otel.points('tank.change')).toEqual([{ labels: { 'tank.place': 'p' }, value: -2 }]);
    expect(await otel.points('valve.open')).toEqual([{ labels: {}, value: 2 }]);
    expect((await otel.metrics()).get('valve.open')).toMatchObject({
      dataPointType: DataPointType.SUM,
      isMonotonic: false,
    });
  });

  test('a gauge - holds the last value', async () => {
    const otel = startOtel();
    const box = createSignalbox();
    for (const litres of [5, 3]) box.emit(MEASURED, { tank: 't', place: 'p', litres });
    expect(await otel.points('tank.level')).toEqual([{ labels: { 'tank.place': 'p' }, value: 3 }]);
    expect((await otel.metrics()).get('tank.level')?.dataPointType).toBe(DataPointType.GAUGE);
  });

  test('a histogram of a duration - is in seconds, with buckets that fit them', async () => {
    const otel = startOtel();
    const box = createSignalbox();
    for (const took of [4, 20, 2_000_000]) box.emit(MEASURED, { tank: 't', place: 'p', took });
    const [point, ...rest] = await otel.points('tank.duration');
    expect(rest).toEqual([]);
    expect(point).toMatchObject({ value: 3, labels: { 'tank.place': 'p' }, boundaries: SECONDS });
    expect(point?.sum).toBeCloseTo(2000.024, 9);
    expect(point?.counts?.map((n, i) => (n > 0 ? i : -1)).filter((i) => i >= 0)).toEqual([0, 2, 18]);
  });

  test('a histogram - takes buckets of its own', async () => {
    const otel = startOtel();
    createSignalbox().emit(MEASURED, { tank: 't', place: 'p', litres: 10 });
    expect(await otel.points('tank.distribution')).toMatchObject([
      { boundaries: [1, 10, 100], counts: [0, 1, 0, 0] },
    ]);
  });

  test("a histogram - the app's views still win over its buckets", async () => {
    const otel = startOtel({
      views: [
        {
          instrumentName: 'tank.duration',
          aggregation: { type: 4, options: { boundaries: [1, 2] } },
        },
      ],
    });
    createSignalbox().emit(MEASURED, { tank: 't', place: 'p', took: 1500 });
    expect((await otel.points('tank.duration'))[0]?.boundaries).toEqual([1, 2]);
  });

  test('two signals that name one instrument - feed the same one', async () => {
    const otel = startOtel();
    const box = createSignalbox();
    box.emit(OPENED);
    box.emit(OPENED);
    box.emit(CLOSED, { place: 'p' });
    expect(await otel.points('valve.open')).toEqual([
      { labels: {}, value: 4 },
      { labels: { place: 'p' }, value: -1 },
    ]);
  });

  test('two signals that declare one instrument differently - do not fit into one box', () => {
    const ODD = defineSignal('VALVE_ODD', { metrics: [{ type: 'counter', name: 'valve.open' }] });
    expect(() => createSignalbox({ signals: [OPENED, ODD] })).toThrow(
      new SignalboxError(
        "The signals 'VALVE_OPENED' and 'VALVE_ODD' declare the metric 'valve.open' differently (type, unit or buckets). Give them the same, or two names.",
      ),
    );
  });

  test('two signals that declare one instrument differently - met at emit, the second is counted and told, never thrown', async () => {
    const told = recordDiag();
    startOtel();
    const box = createSignalbox();
    const ODD = defineSignal('VALVE_STRANGE', {
      metrics: [{ type: 'upDownCounter', name: 'valve.open', unit: 'l' }],
    });
    box.emit(OPENED);
    box.emit(ODD);
    box.emit(ODD);
    expect(box.stats()).toMatchObject({ emitted: 1, refused: { conflict: 2 } });
    expect(told).toEqual([expect.stringContaining("declare the metric 'valve.open' differently")]);
  });
});

describe('the routes of metrics', () => {
  test('severity and conditions - never change what a metric counts', async () => {
    const otel = startOtel();
    const box = createSignalbox({
      routes: [
        { signals: when(OPENED, () => false), to: 'otel' },
        { signals: CLOSED, minSeverity: 'fatal', to: 'otel' },
      ],
    });
    box.emit(OPENED);
    box.emit(CLOSED, { place: 'p' });
    expect(otel.logs()).toEqual([]);
    expect(await otel.points('valve.open')).toMatchObject([{ value: 2 }, { value: -1 }]);
  });

  test('an instrument - goes as a whole where one of its signals is routed', async () => {
    const otel = startOtel();
    const box = createSignalbox({ signals: [OPENED, CLOSED], routes: [{ signals: OPENED, to: 'otel' }] });
    box.emit(CLOSED, { place: 'p' });
    expect(await otel.points('valve.open')).toMatchObject([{ value: -1 }]);
    expect(otel.logs()).toEqual([]);
    expect(box.stats()).toMatchObject({ emitted: 1, unrouted: 0 });
  });

  test('a route narrowed to other channels - measures nothing', async () => {
    const otel = startOtel();
    const box = createSignalbox({ routes: [{ signals: '*', to: 'otel', channels: ['logs'] }] });
    box.emit(OPENED);
    expect(await otel.points('valve.open')).toEqual([]);
    expect(otel.logs()).toHaveLength(1);
  });

  test('a route added while running - measures from then on, and no longer after its undo', async () => {
    const otel = startOtel();
    const box = createSignalbox({ routes: [] });
    box.emit(OPENED);
    const undo = box.route({ signals: OPENED, to: 'otel', channels: ['metrics'] });
    box.emit(OPENED);
    undo();
    box.emit(OPENED);
    expect(await otel.points('valve.open')).toMatchObject([{ value: 2 }]);
    expect(box.stats()).toMatchObject({ emitted: 1, unrouted: 2 });
  });
});

describe('what is observed', () => {
  test('observed metrics - are attached to an SDK that starts later, without a monitor', async () => {
    const queue = createJobs(createSignalbox()).queue('q');
    const attempt = queue.attempt({ job: { id: '1' } });
    const otel = startOtel();
    queue.attempt({ job: { id: '2' } });
    expect(await otel.points('job.active')).toMatchObject([{ value: 2 }]);
    attempt.completed();
    expect(await otel.points('job.active')).toMatchObject([{ value: 1 }]);
  });

  test('observed metrics - move to a second SDK, and leave the first', async () => {
    const first = startOtel();
    const box = createSignalbox();
    const queue = createJobs(box).queue('q');
    queue.attempt({ job: { id: '1' } });
    expect(await first.points('job.active')).toMatchObject([{ value: 1 }]);
    resetOtel();
    const second = startOtel();
    queue.attempt({ job: { id: '2' } });
    const looked = box.stats().destinations.otel?.channels.metrics?.routed ?? 0;
    await first.metrics();
    expect(box.stats().destinations.otel?.channels.metrics?.routed).toBe(looked);
    expect(await second.points('job.active')).toMatchObject([{ value: 2 }]);
  });

  test('observed metrics - are attached once, however often providers are handed over', async () => {
    const otel = startOtel();
    const box = createSignalbox();
    const queue = createJobs(box).queue('q');
    createJobs(box).queue('q');
    for (let i = 0; i < 3; i++) box.instrumentation().setMeterProvider(otel.meterProvider);
    queue.attempt({ job: { id: '1' } });
    expect(await otel.points('job.active')).toHaveLength(1);
    expect(await otel.points('job.active')).toMatchObject([{ value: 1 }]);
  });

  test.each(['shutdown', 'disable'] as const)(
    'observed metrics - are looked at no more after %s()',
    async (end) => {
      const otel = startOtel();
      const box = createSignalbox();
      let looked = 0;
      createJobs(box)
        .queue('q')
        .worker('w', { slots: () => ++looked })
        .started();
      await otel.metrics();
      expect(looked).toBe(1);
      await box[end]();
      await otel.metrics();
      expect(looked).toBe(1);
    },
  );
});
