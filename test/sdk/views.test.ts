import type { Attributes } from '@opentelemetry/api';
import type { AggregationOption, ResourceMetrics, ViewOptions } from '@opentelemetry/sdk-metrics';
import {
  AggregationTemporality,
  AggregationType,
  createAllowListAttributesProcessor,
  createDenyListAttributesProcessor,
  InstrumentType,
  MeterProvider,
  MetricReader,
} from '@opentelemetry/sdk-metrics';
import { createSignalbox, defineSignal, field, SignalboxError } from 'signalbox';
import { createJobs } from 'signalbox/jobs';
import { exporters, nodeSdk } from 'signalbox/sdk';
import { afterEach, describe, expect, test } from 'vitest';
import { recordDiag, resetOtel } from '../support/otel.js';
import { startSdk, stopSdks } from './app.js';
import { KeptMetrics } from './helpers.js';

afterEach(async () => {
  await stopSdks();
  resetOtel();
});

const { string, duration, number, optional } = field;
const ORDER = defineSignal('ORDER_PLACED', {
  fields: {
    customer: string({ attribute: 'customer' }),
    country: string({ attribute: 'country' }),
    took: duration({ attribute: 'took' }),
    open: optional(number({ attribute: 'open' })),
  },
  metrics: [
    {
      type: 'counter',
      name: 'order.placed',
      unit: '{order}',
      description: 'Orders',
      by: ['customer', 'country'],
    },
    {
      type: 'histogram',
      name: 'order.duration',
      unit: 's',
      of: 'took',
      by: ['customer', 'country'],
      buckets: [1, 2],
    },
    { type: 'upDownCounter', name: 'order.open', of: 'open', by: ['country'] },
    { type: 'gauge', name: 'order.last', of: 'open', by: ['country'] },
  ],
});
const ORDERS = ['ann', 'bob', 'cid', 'ann'].flatMap((customer, i) =>
  ['de', 'at'].map((country) => ({ customer, country, took: 800 * (i + 1), open: i - 1 })),
);

class Reader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

/** What is on the wire of the points of orders. */
function wire({ scopeMetrics }: ResourceMetrics): object {
  const all = scopeMetrics.flatMap(({ metrics }) => metrics);
  return Object.fromEntries(
    all
      .filter(({ descriptor }) => !descriptor.name.startsWith('signalbox.'))
      .sort((a, b) => (a.descriptor.name < b.descriptor.name ? -1 : 1))
      .map(({ descriptor: { name, description, unit }, dataPointType, dataPoints, ...rest }) => [
        name,
        {
          description,
          unit,
          dataPointType,
          monotonic: 'isMonotonic' in rest && rest.isMonotonic,
          points: dataPoints
            .map(({ attributes, value }) => [JSON.stringify(Object.entries(attributes).sort()), value])
            .sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)),
        },
      ]),
  );
}

/** The same measurements in the SDK, with the same views: what it tells. */
async function told(
  views: ViewOptions[],
  wants?: (type: InstrumentType) => AggregationOption,
): Promise<object> {
  const reader = new Reader(wants ? { aggregationSelector: wants } : {});
  const provider = new MeterProvider({ readers: [reader], views });
  const meter = provider.getMeter('signalbox', '1');
  const placed = meter.createCounter('order.placed', { unit: '{order}', description: 'Orders' });
  const advice = { explicitBucketBoundaries: [1, 2] };
  const took = meter.createHistogram('order.duration', { unit: 's', advice });
  const open = meter.createUpDownCounter('order.open');
  const last = meter.createGauge('order.last');
  for (const { customer, country, ...order } of ORDERS) {
    const labels: Attributes = { customer, country };
    placed.add(1, labels);
    took.record(order.took / 1000, labels);
    open.add(order.open, { country });
    last.record(order.open, { country });
  }
  const { resourceMetrics } = await reader.collect();
  await provider.shutdown();
  return wire(resourceMetrics);
}

const VIEWS: readonly (readonly [string, ViewOptions[]])[] = [
  [
    'a sensitive label taken out',
    [{ instrumentName: '*', attributesProcessors: [createDenyListAttributesProcessor(['customer'])] }],
  ],
  [
    'a label that a processor takes off the very object that it is given',
    [
      {
        instrumentName: '*',
        attributesProcessors: [
          {
            process: (attributes) => {
              delete attributes.customer;
              return attributes;
            },
          },
        ],
      },
    ],
  ],
  [
    'the labels that are allowed',
    [{ instrumentName: 'order.*', attributesProcessors: [createAllowListAttributesProcessor(['country'])] }],
  ],
  [
    'another name and description',
    [{ instrumentName: 'order.placed', name: 'shop.orders', description: 'All orders' }],
  ],
  [
    'other buckets',
    [
      {
        instrumentName: 'order.duration',
        aggregation: {
          type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM,
          options: { boundaries: [3, 0.5, 1.7] },
        },
      },
    ],
  ],
  [
    'buckets of the SDK',
    [{ instrumentName: 'order.duration', aggregation: { type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM } }],
  ],
  ['one that is dropped', [{ instrumentName: 'order.placed', aggregation: { type: AggregationType.DROP } }]],
  [
    'all that are dropped but one',
    [
      {
        instrumentName: '*',
        instrumentType: InstrumentType.COUNTER,
        aggregation: { type: AggregationType.DROP },
      },
      { instrumentUnit: 's', aggregation: { type: AggregationType.SUM } },
    ],
  ],
  [
    'a sum and a last value of other kinds',
    [
      { instrumentName: 'order.last', aggregation: { type: AggregationType.SUM } },
      { instrumentName: 'order.open', aggregation: { type: AggregationType.LAST_VALUE } },
    ],
  ],
  [
    'two streams of one instrument',
    [
      {
        instrumentName: 'order.duration',
        name: 'by.country',
        attributesProcessors: [createAllowListAttributesProcessor(['country'])],
      },
      {
        instrumentName: 'order.duration',
        name: 'by.customer',
        attributesProcessors: [createAllowListAttributesProcessor(['customer'])],
      },
    ],
  ],
  [
    'buckets of what may fall',
    ['order.open', 'order.last'].map((instrumentName) => ({
      instrumentName,
      aggregation: {
        type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM,
        options: { boundaries: [0, 1] },
      },
    })),
  ],
  ['a limit of series', [{ instrumentName: 'order.placed', aggregationCardinalityLimit: 3 }]],
  [
    'views of another meter',
    [{ instrumentName: '*', meterName: 'http', aggregation: { type: AggregationType.DROP } }],
  ],
  [
    'views of this meter',
    [{ meterName: 'signalbox', instrumentUnit: '{order}', aggregation: { type: AggregationType.DROP } }],
  ],
];

async function sent(box: { forceFlush(): Promise<void> }, kept: KeptMetrics): Promise<object> {
  await box.forceFlush();
  return wire(kept.batches.at(-1) as ResourceMetrics);
}

describe('views', () => {
  test.each(VIEWS)('exporters({ views }) - %s: the points are those of the SDK', async (_, views) => {
    const kept = new KeptMetrics();
    const box = createSignalbox({ destinations: { all: exporters({ metrics: kept, views }) } });
    for (const order of ORDERS) box.emit(ORDER, order);
    expect(await sent(box, kept)).toEqual(await told(views));
    await box.shutdown();
  });

  test.each(VIEWS)('nodeSdk(box, { views }) - %s: the points are those of the SDK', async (_, views) => {
    const kept = new KeptMetrics();
    const box = createSignalbox({
      destinations: { all: exporters({ metrics: kept }) },
      otherTelemetry: 'all',
    });
    startSdk(box, { views } as object);
    for (const order of ORDERS) box.emit(ORDER, order);
    await box.forceFlush();
    const expected = await told(views);
    expect(
      wire(kept.batches.find((batch) => Object.keys(wire(batch)).length > 0) as ResourceMetrics),
    ).toEqual(expected);
    // The SDK that has them too sends them no second time.
    for (const name of Object.keys(expected)) expect(kept.of(name)).toHaveLength(1);
    await box.shutdown();
  });

  test('views - of two destinations are their own', async () => {
    const [plain, viewed] = [new KeptMetrics(), new KeptMetrics()];
    const views: ViewOptions[] = [
      {
        instrumentName: 'order.placed',
        attributesProcessors: [createDenyListAttributesProcessor(['customer'])],
      },
    ];
    const box = createSignalbox({
      destinations: { plain: exporters({ metrics: plain }), viewed: exporters({ metrics: viewed, views }) },
    });
    for (const order of ORDERS) box.emit(ORDER, order);
    expect(await sent(box, plain)).toEqual(await told([]));
    expect(await sent(box, viewed)).toEqual(await told(views));
    await box.shutdown();
  });

  test('views - reach what is observed, in destinations that were there before nodeSdk()', async () => {
    const kept = new KeptMetrics();
    const box = createSignalbox({
      destinations: { all: exporters({ metrics: kept }) },
      otherTelemetry: 'all',
    });
    createJobs(box)
      .queue('mail')
      .monitor({ depth: () => ({ waiting: 3 }), oldestAgeMillis: () => 5000 });
    nodeSdk(box, {
      metricReaders: [],
      spanProcessors: [],
      logRecordProcessors: [],
      views: [
        {
          instrumentName: 'queue.jobs',
          name: 'depth',
          attributesProcessors: [createAllowListAttributesProcessor(['job.state'])],
        },
        { instrumentName: 'queue.oldest.age', aggregation: { type: AggregationType.DROP } },
      ],
    });
    await box.forceFlush();
    expect(kept.points('depth')).toMatchObject([{ attributes: { 'job.state': 'waiting' }, value: 3 }]);
    expect(kept.points('queue.monitor.up')).toHaveLength(2);
    expect(kept.names).not.toContain('queue.jobs');
    expect(kept.names).not.toContain('queue.oldest.age');
    await box.shutdown();
  });

  test('views - that come when an instrument was measured are told, and not applied to it', async () => {
    const diag = recordDiag();
    const kept = new KeptMetrics();
    const box = createSignalbox({ destinations: { all: exporters({ metrics: kept }) } });
    for (const order of ORDERS) box.emit(ORDER, order);
    nodeSdk(box, { views: [{ instrumentName: 'order.placed', name: 'orders' }], metricReaders: [] });
    expect(await sent(box, kept)).toEqual(await told([]));
    expect(
      diag.filter((text) => text.includes("'order.placed' was measured before nodeSdk() was given views")),
    ).toHaveLength(1);
    await box.shutdown();
  });

  test('views - other processors that come when an instrument was measured are told, and the same are not', async () => {
    const diag = recordDiag();
    const box = createSignalbox({ destinations: { all: exporters({ metrics: new KeptMetrics() }) } });
    const deny = (label: string) => ({
      instrumentName: 'order.placed',
      attributesProcessors: [createDenyListAttributesProcessor([label])],
    });
    const views = [deny('customer')];
    const late = () => diag.filter((text) => text.includes("'order.placed' was measured before")).length;
    nodeSdk(box, { views, metricReaders: [] });
    for (const order of ORDERS) box.emit(ORDER, order);
    nodeSdk(box, { views: [...views], metricReaders: [] });
    expect(late()).toBe(0);
    nodeSdk(box, { views: [deny('country')], metricReaders: [] });
    expect(late()).toBe(1);
    await box.shutdown();
  });

  test('views - a counter of which but the last value is told takes nothing negative, as in the SDK', async () => {
    recordDiag();
    const SOLD = defineSignal('SHARES_SOLD', {
      fields: { n: number() },
      metrics: [{ type: 'counter', name: 'shares.sold', of: 'n' }],
    });
    const kept = new KeptMetrics();
    const views = [{ instrumentName: 'shares.sold', aggregation: { type: AggregationType.LAST_VALUE } }];
    const box = createSignalbox({ destinations: { all: exporters({ metrics: kept, views }) } });
    for (const n of [4, -2]) box.emit(SOLD, { n });
    await box.forceFlush();
    expect(kept.points('shares.sold')).toMatchObject([{ value: 4 }]);
    await box.shutdown();
  });

  test("views - an exporter is asked for the temporality of the instrument's own type", async () => {
    const asked = new Set<string>();
    const kept = Object.assign(new KeptMetrics(), {
      selectAggregationTemporality: (type?: string) => {
        asked.add(String(type));
        return 1;
      },
    });
    const views = ['order.open', 'order.last'].map((instrumentName) => ({
      instrumentName,
      aggregation: { type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM, options: { boundaries: [1] } },
    }));
    const drop = ['order.placed', 'order.duration', 'signalbox.*'].map((instrumentName) => ({
      instrumentName,
      aggregation: { type: AggregationType.DROP },
    }));
    const box = createSignalbox({
      destinations: { all: exporters({ metrics: kept, views: [...views, ...drop] }) },
    });
    for (const order of ORDERS) box.emit(ORDER, order);
    await box.forceFlush();
    expect(kept.names).toEqual(['order.last', 'order.open']);
    expect([...asked].sort()).toEqual([InstrumentType.GAUGE, InstrumentType.UP_DOWN_COUNTER]);
    await box.shutdown();
  });

  test('views - one that gives an instrument the name of another leaves out the later of both, and says so', async () => {
    const diag = recordDiag();
    const kept = new KeptMetrics();
    const views = [{ instrumentName: 'order.duration', name: 'order.placed' }];
    const box = createSignalbox({ destinations: { all: exporters({ metrics: kept, views }) } });
    for (const order of ORDERS) box.emit(ORDER, order);
    await box.forceFlush();
    expect(kept.of('order.placed')).toHaveLength(1);
    expect(kept.points('order.placed').reduce((n, { value }) => n + Number(value), 0)).toBe(ORDERS.length);
    expect(
      diag.filter((text) => text.includes("'order.duration' is left out as 'order.placed'")),
    ).toHaveLength(1);
    await box.shutdown();
  });

  test('views - a processor that throws costs its measurements alone', async () => {
    const kept = new KeptMetrics();
    const process = (): never => {
      throw new Error('no');
    };
    const views = [{ instrumentName: 'order.placed', attributesProcessors: [{ process }] }];
    const box = createSignalbox({ destinations: { all: exporters({ metrics: kept, views }) } });
    for (const order of ORDERS) box.emit(ORDER, order);
    expect(Object.keys(await sent(box, kept))).toEqual(['order.duration', 'order.last', 'order.open']);
    await box.shutdown();
  });

  test.each<[string, unknown, string]>([
    ['no list', {}, "exporters: views is a value of type object. Give a list of the SDK's view options."],
    ['no view', ['order.placed'], "exporters: a view is 'order.placed'. Give the SDK's view options"],
    [
      'of nothing',
      [{ name: 'x' }],
      "exporters: a view selects no instrument. Give it an instrumentName, or '*'.",
    ],
    [
      'of too many',
      [{ name: 'x', instrumentName: 'order.*' }],
      "exporters: the view named 'x' selects more than one instrument.",
    ],
    [
      'of exponential buckets',
      [{ instrumentName: '*', aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } }],
      'exporters: a view asks for the aggregation 5. Exporter destinations have sums, last values and explicit buckets',
    ],
    [
      'without min and max',
      [
        {
          instrumentName: '*',
          aggregation: {
            type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM,
            options: { recordMinMax: false, boundaries: [1] },
          },
        },
      ],
      'exporters: a view asks for the aggregation 4 without min and max.',
    ],
  ])('exporters({ views }) - %s is refused', (_, views, message) => {
    const give = () => exporters({ metrics: new KeptMetrics(), views: views as never });
    expect(give).toThrow(SignalboxError);
    expect(give).toThrow(message);
  });
});

describe('an exporter that selects aggregations', () => {
  class Selecting extends KeptMetrics {
    readonly selectAggregation: (type: InstrumentType) => AggregationOption;
    constructor(select: (type: InstrumentType) => AggregationOption) {
      super(AggregationTemporality.CUMULATIVE);
      this.selectAggregation = select;
    }
  }
  const otherwise: AggregationOption = { type: AggregationType.DEFAULT };

  test.each<[string, AggregationOption]>([
    ['drops', { type: AggregationType.DROP }],
    [
      'has buckets of its own',
      { type: AggregationType.EXPLICIT_BUCKET_HISTOGRAM, options: { boundaries: [1.7, 3] } },
    ],
    ['wants sums', { type: AggregationType.SUM }],
  ])('selectAggregation - one that %s is heard, as in the SDK', async (_, wanted) => {
    const select = (type: InstrumentType): AggregationOption =>
      type === InstrumentType.HISTOGRAM ? wanted : otherwise;
    const [kept, plain] = [new Selecting(select), new KeptMetrics()];
    const box = createSignalbox({
      destinations: { all: exporters({ metrics: kept }), plain: exporters({ metrics: plain }) },
    });
    for (const order of ORDERS) box.emit(ORDER, order);
    expect(await sent(box, kept)).toEqual(await told([], select));
    expect(await sent(box, plain)).toEqual(await told([]));
    await box.shutdown();
  });

  test('selectAggregation - one that is not there is told, and the instrument has its default', async () => {
    const diag = recordDiag();
    const kept = new Selecting((type) =>
      type === InstrumentType.HISTOGRAM ? { type: AggregationType.EXPONENTIAL_HISTOGRAM } : otherwise,
    );
    const box = createSignalbox({ destinations: { all: exporters({ metrics: kept }) } });
    expect(diag.filter((text) => text.includes('aggregation 5'))).toHaveLength(1);
    for (const order of ORDERS) box.emit(ORDER, order);
    expect(await sent(box, kept)).toEqual(await told([]));
    await box.shutdown();
  });
});
