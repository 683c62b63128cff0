import type { Attributes, Meter, ObservableCallback } from '@opentelemetry/api';
import type { MetricData } from '@opentelemetry/sdk-metrics';
import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { MeterLike } from '../../src/sdk/metrics/aggregation.js';
import { Aggregation } from '../../src/sdk/metrics/aggregation.js';
import type { InstrumentType } from '../../src/sdk/metrics/point.js';
import { INSTRUMENT_TYPES } from '../../src/sdk/metrics/point.js';
import type { Collector } from '../../src/sdk/metrics/recorded-stream.js';
import { resetOtel } from '../support/otel.js';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
  vi.setSystemTime(Date.UTC(2024, 0, 1));
});
afterEach(() => {
  vi.useRealTimers();
  resetOtel();
});

const TIMEOUT = 1000;

class OnDemand extends MetricReader {
  constructor(temporality: (type: InstrumentType) => number) {
    super({ aggregationTemporalitySelector: temporality as never });
  }
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

/** The temporalities that OTLP exporters can be configured to. */
const TEMPORALITIES = {
  cumulative: () => 1,
  delta: (type: InstrumentType) => (type.endsWith('UP_DOWN_COUNTER') ? 1 : 0),
  lowMemory: (type: InstrumentType) => (type === 'COUNTER' || type === 'HISTOGRAM' ? 0 : 1),
  allDelta: () => 0,
} as const;
type Temporality = keyof typeof TEMPORALITIES;
const temporalities = Object.keys(TEMPORALITIES) as Temporality[];

/** The same instruments, twice: of our aggregation, and of the SDK, with as many collectors. */
class Twice {
  readonly ours: Aggregation;
  readonly overflowed: string[] = [];
  readonly failed: unknown[] = [];
  readonly negative: string[] = [];
  readonly refused: string[] = [];
  readonly #sdk: Meter;
  readonly #collectors: Collector[];
  readonly #readers: OnDemand[];

  constructor(...wanted: readonly Temporality[]) {
    this.ours = new Aggregation(() => Date.now(), {
      overflowed: (instrument) => this.overflowed.push(instrument),
      failed: (_, error) => this.failed.push(error),
      negative: (instrument) => this.negative.push(instrument),
      refused: (instrument) => this.refused.push(instrument),
    });
    this.#collectors = wanted.map((name) => ({ temporality: TEMPORALITIES[name] }));
    for (const collector of this.#collectors) this.ours.addCollector(collector);
    this.#readers = wanted.map((name) => new OnDemand(TEMPORALITIES[name]));
    this.#sdk = new MeterProvider({ readers: this.#readers }).getMeter('signalbox');
  }

  /** Does the same to both meters. */
  both<T>(act: (meter: MeterLike) => T): readonly [T, T] {
    return [act(this.ours), act(this.#sdk)];
  }

  async ourPoints(collector = 0): Promise<object[]> {
    const mine = this.#collectors[collector] as Collector;
    return comparable(
      (await this.ours.collect(mine, () => true, TIMEOUT)) as unknown as readonly MetricData[],
    );
  }
  async sdkPoints(collector = 0): Promise<object[]> {
    const collected = await this.#readers[collector]?.collect();
    return comparable(collected?.resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics) ?? []);
  }
  async compare(collector = 0): Promise<object[]> {
    const [ours, theirs] = [await this.ourPoints(collector), await this.sdkPoints(collector)];
    expect(ours).toEqual(theirs);
    return ours;
  }
}

// By design: `descriptor.advice` is empty with us (no exporter reads it); the order of series is nobody's promise.
function comparable(metrics: readonly MetricData[]): object[] {
  return metrics
    .map((metric) => ({
      ...metric,
      descriptor: { ...metric.descriptor, advice: undefined },
      dataPoints: metric.dataPoints
        .map((point) => ({ ...point, key: seriesOf(point.attributes) }))
        .sort((a, b) => (a.key < b.key ? -1 : 1)),
    }))
    .sort((a, b) => (a.descriptor.name < b.descriptor.name ? -1 : 1));
}

/** Strings as `a=x`, anything else as `a:1`. */
function seriesOf(attributes: Attributes): string {
  return Object.entries(attributes)
    .map(([name, value]) => `${name}${typeof value === 'string' ? '=' : ':'}${String(value)}`)
    .sort()
    .join(' ');
}

function valuesOf(points: readonly object[]): Record<string, unknown> {
  const metrics = points as { descriptor: { name: string }; dataPoints: { key: string; value: unknown }[] }[];
  return Object.fromEntries(
    metrics.flatMap(({ descriptor, dataPoints }) =>
      dataPoints.map(({ key, value }) => [`${descriptor.name}{${key}}`, value]),
    ),
  );
}

function pointsIn(metrics: readonly object[]): number {
  return Object.keys(valuesOf(metrics)).length;
}

const BUCKETS = [0.5, 1, 2.5, 10];
const NAMES: Readonly<Record<InstrumentType, string>> = {
  COUNTER: 'counter',
  UP_DOWN_COUNTER: 'up_down',
  GAUGE: 'gauge',
  HISTOGRAM: 'histogram',
  OBSERVABLE_COUNTER: 'observed.counter',
  OBSERVABLE_UP_DOWN_COUNTER: 'observed.up_down',
  OBSERVABLE_GAUGE: 'observed.gauge',
};

type Record_ = (value: number, attributes?: Attributes) => void;

/** All instruments of one meter: the recorded ones by what records, the observed ones read what `observed` holds. */
function instruments(
  meter: MeterLike,
  observed: (type: InstrumentType) => readonly (readonly [number, Attributes])[],
): ReadonlyMap<InstrumentType, Record_> {
  const options = { unit: 's', description: 'of a test' };
  const counter = meter.createCounter(NAMES.COUNTER, options);
  const upDown = meter.createUpDownCounter(NAMES.UP_DOWN_COUNTER, options);
  const gauge = meter.createGauge(NAMES.GAUGE, options);
  const histogram = meter.createHistogram(NAMES.HISTOGRAM, {
    ...options,
    advice: { explicitBucketBoundaries: BUCKETS },
  });
  const plain = meter.createHistogram('histogram.plain');
  const watch =
    (type: InstrumentType): ObservableCallback =>
    (result) => {
      for (const [value, attributes] of observed(type)) result.observe(value, attributes);
    };
  meter.createObservableCounter(NAMES.OBSERVABLE_COUNTER, options).addCallback(watch('OBSERVABLE_COUNTER'));
  meter
    .createObservableUpDownCounter(NAMES.OBSERVABLE_UP_DOWN_COUNTER, options)
    .addCallback(watch('OBSERVABLE_UP_DOWN_COUNTER'));
  meter.createObservableGauge(NAMES.OBSERVABLE_GAUGE, options).addCallback(watch('OBSERVABLE_GAUGE'));
  return new Map<InstrumentType, Record_>([
    ['COUNTER', (value, attributes) => counter.add(value, attributes)],
    ['UP_DOWN_COUNTER', (value, attributes) => upDown.add(value, attributes)],
    ['GAUGE', (value, attributes) => gauge.record(value, attributes)],
    [
      'HISTOGRAM',
      (value, attributes) => {
        histogram.record(value, attributes);
        plain.record(value * 100, attributes);
      },
    ],
  ]);
}

const LABELS: readonly Attributes[] = [
  {},
  { a: 'x' },
  { a: 'y' },
  { a: 'x', b: 1 },
  { b: 1, a: 'x' },
  { a: 'x', b: true },
  { a: 'x', b: '1' },
];
const RECORDED: readonly InstrumentType[] = ['COUNTER', 'UP_DOWN_COUNTER', 'GAUGE', 'HISTOGRAM'];

type Step =
  | { readonly do: 'record'; readonly type: InstrumentType; readonly value: number; readonly labels: number }
  | { readonly do: 'observed'; readonly labels: number; readonly by: number; readonly reset: boolean }
  | { readonly do: 'wait'; readonly millis: number }
  | { readonly do: 'collect'; readonly collector: number };

// Multiples of a quarter add up exactly in any order. Negative ones are refused by counters and histograms of both.
const quarter = fc.integer({ min: -40, max: 60 }).map((n) => n / 4);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('record' as const),
      type: fc.constantFrom(...RECORDED),
      value: quarter,
      labels: fc.nat(LABELS.length - 1),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('observed' as const),
      labels: fc.nat(LABELS.length - 1),
      by: fc.integer({ min: 0, max: 40 }).map((n) => n / 4),
      reset: fc.boolean(),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('wait' as const), millis: fc.integer({ min: 1, max: 5000 }) }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('collect' as const), collector: fc.nat(2) }) },
);

/** What the observable instruments see: sums that rise and are reset, and a number that goes anywhere. */
class World {
  readonly #sums = new Map<string, { readonly sum: number; readonly labels: Attributes }>();

  change(index: number, by: number, reset: boolean): void {
    const labels = LABELS[index] ?? {};
    const key = seriesOf(labels);
    const sum = reset ? by / 4 : (this.#sums.get(key)?.sum ?? 0) + by;
    this.#sums.set(key, { sum, labels });
  }
  readonly observed = (type: InstrumentType): readonly (readonly [number, Attributes])[] =>
    [...this.#sums.values()].map(({ sum, labels }) => [
      type === 'OBSERVABLE_COUNTER' ? sum : 10 - sum,
      labels,
    ]);
}

/** Runs a script against both; each collection is compared, times included. Says how many points were. */
async function play(
  twice: Twice,
  collectors: number,
  script: readonly Step[],
  resets: boolean,
): Promise<number> {
  const world = new World();
  const meters = twice.both((meter) => instruments(meter, world.observed));
  let compared = 0;
  for (const next of script) {
    switch (next.do) {
      case 'record':
        for (const meter of meters) meter.get(next.type)?.(next.value, LABELS[next.labels]);
        break;
      case 'observed':
        world.change(next.labels, next.by, next.reset && resets);
        break;
      case 'wait':
        vi.advanceTimersByTime(next.millis);
        break;
      case 'collect':
        compared += pointsIn(await twice.compare(next.collector % collectors));
    }
  }
  for (let i = 0; i < collectors; i++) compared += pointsIn(await twice.compare(i));
  return compared;
}

describe('the SDK as oracle', () => {
  test.each(temporalities)(
    '%s - any measurements give the same points, with any resets',
    async (temporality) => {
      let compared = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 60 }), async (script) => {
          compared += await play(new Twice(temporality), 1, script, true);
        }),
        { numRuns: 100 },
      );
      expect(compared).toBeGreaterThan(500);
    },
  );

  // Resets that another collector saw are compared with the truth below: there the SDK is wrong.
  test('several collectors - each at its own times and with its own temporality gets the same points', async () => {
    let compared = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom(...temporalities), { minLength: 2, maxLength: 3 }),
        fc.array(step, { minLength: 20, maxLength: 80 }),
        async (wanted, script) => {
          compared += await play(new Twice(...wanted), wanted.length, script, false);
        },
      ),
      { numRuns: 150 },
    );
    expect(compared).toBeGreaterThan(1000);
  });

  test('every kind of instrument - is compared', async () => {
    const twice = new Twice('cumulative');
    const world = new World();
    world.change(1, 3, false);
    const meters = twice.both((meter) => instruments(meter, world.observed));
    for (const meter of meters) for (const record of meter.values()) record(2, { a: 'x' });
    const types = (await twice.compare()).map(
      (metric) => (metric as MetricData & { descriptor: { type: string } }).descriptor.type,
    );
    expect([...new Set(types)].sort()).toEqual([...INSTRUMENT_TYPES].sort());
  });

  test('values on bucket bounds - fall into the same buckets', async () => {
    const twice = new Twice('cumulative');
    const meters = twice.both((meter) => instruments(meter, () => []));
    for (const meter of meters)
      for (const bound of [0, ...BUCKETS, 5, 10, 25, 100, 10_000])
        for (const nudge of [-0.001, 0, 0.001]) meter.get('HISTOGRAM')?.(bound + nudge);
    const values = valuesOf(await twice.compare());
    expect(values['histogram{}']).toMatchObject({ count: 29 });
  });
});

describe('cardinality', () => {
  const many = (from: number, to: number, record: Record_): void => {
    for (let i = from; i < to; i++) record(1, { n: i });
  };

  test.each(temporalities)('%s - the first 1,999 series stay, the others are one', async (temporality) => {
    const twice = new Twice(temporality);
    const meters = twice.both((meter) => instruments(meter, () => []));
    for (const meter of meters) for (const record of meter.values()) many(0, 2500, record);
    const values = valuesOf(await twice.compare());
    expect(Object.keys(values).filter((key) => key.startsWith('counter{'))).toHaveLength(2000);
    expect(values['counter{otel.metric.overflow:true}']).toBe(501);
    expect(new Set(twice.overflowed)).toEqual(
      new Set(['counter', 'up_down', 'gauge', 'histogram', 'histogram.plain']),
    );
  });

  test('what overflowed - goes on in its series, as what did not does', async () => {
    const twice = new Twice('delta');
    const meters = twice.both((meter) => instruments(meter, () => []));
    for (let round = 0; round < 3; round++) {
      vi.advanceTimersByTime(1000);
      for (const meter of meters) many(0, 2100, meter.get('COUNTER') as Record_);
      await twice.compare();
    }
  });

  test('delta - other series have room after each collection', async () => {
    const twice = new Twice('delta');
    const meters = twice.both((meter) => instruments(meter, () => []));
    for (let round = 0; round < 3; round++) {
      vi.advanceTimersByTime(1000);
      for (const meter of meters) many(round * 1500, (round + 1) * 1500, meter.get('COUNTER') as Record_);
      expect(await twice.compare()).not.toEqual([]);
    }
    expect(twice.overflowed).toEqual([]);
  });

  test('observable instruments - have the same limit', async () => {
    const twice = new Twice('cumulative');
    twice.both((meter) =>
      instruments(meter, (type) =>
        type === 'OBSERVABLE_GAUGE' ? Array.from({ length: 2100 }, (_, i) => [i, { n: i }] as const) : [],
      ),
    );
    const values = valuesOf(await twice.compare());
    expect(Object.keys(values)).toHaveLength(2000);
    expect(values['observed.gauge{otel.metric.overflow:true}']).toBe(2099);
  });

  test('by design - a cumulative collector never gets more than 2,000 series, where the SDK counts anew each time', async () => {
    const twice = new Twice('cumulative');
    const meters = twice.both((meter) => instruments(meter, () => []));
    for (const meter of meters) many(0, 1500, meter.get('COUNTER') as Record_);
    await twice.compare();
    for (const meter of meters) many(1500, 3000, meter.get('COUNTER') as Record_);
    const ours = valuesOf(await twice.ourPoints());
    expect(Object.keys(ours)).toHaveLength(2000);
    expect(ours['counter{otel.metric.overflow:true}']).toBe(3000 - 1999);
    expect(Object.keys(valuesOf(await twice.sdkPoints()))).toHaveLength(3000);
  });
});

describe('what differs from the SDK by design', () => {
  test('NaN - is no measurement; the SDK spoils the sum with it', async () => {
    const twice = new Twice('cumulative');
    const meters = twice.both((meter) => instruments(meter, () => [[Number.NaN, { a: 'x' }]]));
    for (const meter of meters) for (const value of [1, Number.NaN, 2]) meter.get('COUNTER')?.(value);
    expect(valuesOf(await twice.ourPoints())).toEqual({ 'counter{}': 3 });
    expect(valuesOf(await twice.sdkPoints())['counter{}']).toBeNaN();
  });

  test('a negative value - is no measurement of a counter or histogram, nor is it with the SDK, and is told', async () => {
    const twice = new Twice('cumulative');
    for (const meter of twice.both((m) => [
      (value: number) => m.createCounter('counter').add(value),
      (value: number) => m.createHistogram('histogram').record(value),
      (value: number) => m.createUpDownCounter('updown').add(value),
    ]))
      for (const measure of meter) for (const value of [3, -1]) measure(value);
    expect(valuesOf(await twice.compare())).toMatchObject({ 'counter{}': 3, 'updown{}': 2 });
    expect(twice.negative).toEqual(['counter', 'histogram']);
  });

  test('a series that is not observed any more - is not reported any more, as the specification says; the SDK repeats it', async () => {
    const twice = new Twice('cumulative');
    let queues = ['a', 'b'];
    twice.both((meter) =>
      instruments(meter, (type) =>
        type === 'OBSERVABLE_GAUGE' ? queues.map((q) => [1, { q }] as const) : [],
      ),
    );
    await twice.compare();
    queues = ['a'];
    expect(Object.keys(valuesOf(await twice.ourPoints()))).toEqual(['observed.gauge{q=a}']);
    expect(Object.keys(valuesOf(await twice.sdkPoints()))).toHaveLength(2);
  });

  test('a delta of a series that was not observed for a while - reaches back to when it was last told; the SDK lets it begin where it ends', async () => {
    const twice = new Twice('delta');
    let values: readonly (readonly [number, Attributes])[] = [[5, {}]];
    twice.both((meter) => instruments(meter, (type) => (type === 'OBSERVABLE_COUNTER' ? values : [])));
    const begin = Date.now();
    await twice.compare();
    values = [];
    vi.advanceTimersByTime(1000);
    await twice.compare();
    values = [[9, {}]];
    vi.advanceTimersByTime(1000);
    const [ours] = (await twice.ourPoints()) as MetricData[];
    const [theirs] = (await twice.sdkPoints()) as MetricData[];
    const [second] = [begin / 1000];
    expect(ours?.dataPoints[0]).toMatchObject({ value: 4, startTime: [second, 0], endTime: [second + 2, 0] });
    expect(theirs?.dataPoints[0]).toMatchObject({ value: 4, startTime: [second + 2, 0] });
  });

  test('a counter that was reset between the collections of another - loses nothing of what rose before; the SDK does', async () => {
    const twice = new Twice('delta', 'delta');
    let sum = 5;
    twice.both((meter) => instruments(meter, (type) => (type === 'OBSERVABLE_COUNTER' ? [[sum, {}]] : [])));
    await twice.compare(0);
    await twice.compare(1);
    sum = 10;
    await twice.compare(0);
    sum = 3;
    await twice.compare(0);
    sum = 7;
    // 5 until the reset, and 7 since.
    expect(valuesOf(await twice.ourPoints(1))).toEqual({ 'observed.counter{}': 12 });
    expect(valuesOf(await twice.sdkPoints(1))).toEqual({ 'observed.counter{}': 7 });
  });

  test('a counter that was reset, twice seen by another - is what was observed; the SDK adds it to what was before', async () => {
    const twice = new Twice('cumulative', 'cumulative');
    let sum = 5;
    twice.both((meter) => instruments(meter, (type) => (type === 'OBSERVABLE_COUNTER' ? [[sum, {}]] : [])));
    await twice.compare(1);
    sum = 1;
    await twice.compare(0);
    await twice.compare(0);
    expect(valuesOf(await twice.ourPoints(1))).toEqual({ 'observed.counter{}': 1 });
    expect(valuesOf(await twice.sdkPoints(1))).toEqual({ 'observed.counter{}': 6 });
  });

  test('a callback that throws or has no end - observed nothing, is told, and holds up no other', async () => {
    const twice = new Twice('cumulative');
    const broken = new Error('no database');
    const { ours } = twice;
    ours.createCounter('fine').add(1);
    ours.createObservableGauge('fine.too').addCallback((result) => result.observe(1));
    ours.createObservableGauge('hung').addCallback(() => new Promise(() => {}));
    ours.createObservableGauge('broken').addCallback((result) => {
      result.observe(1);
      throw broken;
    });
    const points = twice.ourPoints();
    await vi.advanceTimersByTimeAsync(TIMEOUT);
    expect(valuesOf(await points)).toEqual({ 'fine{}': 1, 'fine.too{}': 1 });
    expect(twice.failed).toEqual(expect.arrayContaining([broken, new Error(`no end within ${TIMEOUT} ms`)]));
  });
});

describe('an aggregation', () => {
  test('delta sums of any collectors - add up to all that was measured, whatever was collected when, resets included', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 80 }), async (script) => {
        const twice = new Twice('delta', 'delta', 'delta');
        const world = new World();
        const meter = instruments(twice.ours, world.observed);
        const truth: Record<string, number> = {};
        const seen = new Map<string, number>();
        const told: Record<string, number>[] = [{}, {}, {}];
        const collect = async (collector: number): Promise<void> => {
          // What rose is what any collection saw rise: a reset that none saw is nobody's knowledge.
          const observed = new Map(world.observed('OBSERVABLE_COUNTER').map(([v, l]) => [seriesOf(l), v]));
          for (const [labels, value] of observed) {
            const last = seen.get(labels) ?? 0;
            const key = `observed.counter{${labels}}`;
            truth[key] = (truth[key] ?? 0) + (value < last ? value : value - last);
            seen.set(labels, value);
          }
          for (const [key, value] of Object.entries(valuesOf(await twice.ourPoints(collector)))) {
            const mine = told[collector] as Record<string, number>;
            if (/^(observed\.)?counter/.test(key)) mine[key] = (mine[key] ?? 0) + (value as number);
          }
        };
        for (const next of script) {
          if (next.do === 'record' && next.type === 'COUNTER' && next.value >= 0) {
            const key = `counter{${seriesOf(LABELS[next.labels] ?? {})}}`;
            truth[key] = (truth[key] ?? 0) + next.value;
          }
          if (next.do === 'record') meter.get(next.type)?.(next.value, LABELS[next.labels]);
          else if (next.do === 'observed') world.change(next.labels, next.by, next.reset);
          else if (next.do === 'wait') vi.advanceTimersByTime(next.millis);
          else await collect(next.collector);
        }
        for (let i = 0; i < 3; i++) await collect(i);
        for (const sums of told) expect(sums).toEqual(truth);
      }),
      { numRuns: 100 },
    );
  });

  test('an instrument that nobody wanted for a while - goes on where it was last told', async () => {
    const twice = new Twice('delta', 'delta');
    const mine: Collector = { temporality: TEMPORALITIES.delta };
    twice.ours.addCollector(mine);
    const counter = twice.ours.createCounter('routed.later');
    const other = twice.ours.createCounter('routed.now');
    const begin = Date.now() / 1000;
    const wantedNow = (name: string): boolean => name === 'routed.now';
    counter.add(1);
    for (let i = 0; i < 3; i++) {
      other.add(1);
      vi.advanceTimersByTime(1000);
      await twice.ours.collect(mine, wantedNow, TIMEOUT);
      counter.add(1);
    }
    vi.advanceTimersByTime(1000);
    const [metric] = await twice.ours.collect(mine, () => true, TIMEOUT);
    expect(metric?.dataPoints).toEqual([
      { attributes: {}, value: 4, startTime: [begin, 0], endTime: [begin + 4, 0] },
    ]);
  });

  test('labels - values of different types, and values that look like other sets, are different series', async () => {
    const twice = new Twice('cumulative');
    const sets: Attributes[] = [
      { a: '1' },
      { a: 1 },
      { a: true },
      { a: 'true' },
      { a: ['1'] },
      { a: 'x', b: 'y' },
      { a: 'x1:b=1:y' },
      { a: 'x\u0003b\u0001y' },
      { 'a=1:x1:b': 'y' },
      { a: '' },
      {},
    ];
    const meters = twice.both((meter) => instruments(meter, () => []));
    for (const meter of meters) for (const set of sets) meter.get('COUNTER')?.(1, set);
    const [metric] = (await twice.ourPoints()) as MetricData[];
    expect(metric?.dataPoints).toHaveLength(sets.length);
    const [theirs] = (await twice.sdkPoints()) as MetricData[];
    expect(theirs?.dataPoints).toHaveLength(sets.length);
  });

  test('labels - are kept as they were, whatever becomes of the object later', async () => {
    const twice = new Twice('cumulative');
    const labels: Attributes = { a: 'x' };
    twice.ours.createCounter('counter').add(1, labels);
    labels.a = 'y';
    expect(valuesOf(await twice.ourPoints())).toEqual({ 'counter{a=x}': 1 });
  });

  test('an instrument of the same name - is the same one', async () => {
    const twice = new Twice('cumulative');
    twice.both((meter) => {
      for (let i = 0; i < 2; i++) meter.createCounter('counter', { unit: 's' }).add(1);
    });
    expect(valuesOf(await twice.compare())).toEqual({ 'counter{}': 2 });
  });

  test('a callback that was removed - is not called any more', async () => {
    const twice = new Twice('cumulative');
    const calls: string[] = [];
    const callback: ObservableCallback = (result) => {
      calls.push('called');
      result.observe(1);
    };
    const gauge = twice.ours.createObservableGauge('gauge');
    gauge.addCallback(callback);
    await twice.ourPoints();
    gauge.removeCallback(callback);
    expect(await twice.ourPoints()).toEqual([]);
    expect(calls).toEqual(['called']);
  });

  test('series that come and go - do not pile up', async () => {
    const twice = new Twice('delta');
    let round = 0;
    twice.ours.createObservableCounter('jobs').addCallback((result) => {
      result.observe(5, { queue: 'stays' });
      for (let i = 0; i < 1000; i++) result.observe(1, { queue: `${round}.${i}` });
    });
    for (; round < 5; round++) expect(await twice.ourPoints()).toHaveLength(1);
    round = 0;
    // The first round was forgotten: it is new again. What stayed has risen by nothing.
    const values = valuesOf(await twice.ourPoints());
    expect(values['jobs{queue=0.0}']).toBe(1);
    expect(values['jobs{queue=stays}']).toBe(0);
  });
});
