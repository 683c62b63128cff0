import { createSignalbox, defineSignal, field } from 'signalbox';
import { createJobs } from 'signalbox/jobs';
import type { Recorder } from 'signalbox/testing';
import { recorder } from 'signalbox/testing';
import { afterEach, describe, expect, test } from 'vitest';
import { expectSentence } from '../support/misuse.js';
import { resetOtel, startOtel } from '../support/otel.js';

const SOLD = defineSignal('MEASURED_SOLD', {
  fields: {
    currency: field.oneOf(['EUR', 'USD'], { attribute: 'payment.currency' }),
    took: field.optional(field.duration()),
    stock: field.optional(field.number()),
  },
  metrics: [
    { type: 'counter', name: 'measured.sold', unit: '{sale}', by: ['currency'] },
    { type: 'histogram', name: 'measured.duration', unit: 's', of: 'took', by: ['currency'] },
    { type: 'gauge', name: 'measured.stock', of: 'stock', by: ['currency'] },
  ],
});
const OTHER = defineSignal('MEASURED_OTHER', {
  metrics: [{ type: 'upDownCounter', name: 'measured.other', add: -2 }],
});

function sold(): Recorder {
  const seen = recorder();
  const box = createSignalbox({ destinations: { seen } });
  box.emit(SOLD, { currency: 'EUR', took: 100, stock: 5 });
  box.emit(SOLD, { currency: 'EUR', took: 200, stock: 4 });
  box.emit(SOLD, { currency: 'USD' });
  return seen;
}

afterEach(resetOtel);

describe('recorder() - what was measured', () => {
  test('measured() - has each series of each metric, with its labels and each value', () => {
    const seen = sold();
    expect(seen.measured('measured.duration')).toEqual([
      {
        name: 'measured.duration',
        type: 'histogram',
        unit: 's',
        labels: { 'payment.currency': 'EUR' },
        values: [0.1, 0.2],
        value: undefined,
        count: 2,
        sum: expect.closeTo(0.3),
      },
    ]);
    expect(seen.measured('measured.sold', { 'payment.currency': 'USD' })).toMatchObject([
      { type: 'counter', unit: '{sale}', value: 1, count: 1 },
    ]);
    expect(seen.measured('measured.stock')).toMatchObject([
      { type: 'gauge', unit: '', value: 4, values: [5, 4] },
    ]);
    expect(seen.measured().map(({ name }) => name)).toEqual([
      'measured.sold',
      'measured.sold',
      'measured.duration',
      'measured.stock',
    ]);
  });

  test('assertMeasured() - asks the asymmetric matchers of the test runner for labels', () => {
    const seen = sold();
    const euro = { 'payment.currency': expect.stringMatching(/^E/) };
    seen.assertMeasured('measured.sold', { value: 3, labels: { 'payment.currency': expect.any(String) } });
    seen.assertMeasured('measured.sold', { value: 2, labels: euro });
    seen.assertMeasured('measured.sold', { value: 2, labels: expect.objectContaining(euro) });
    seen.assertNotMeasured('measured.sold', { labels: { 'payment.currency': expect.any(Number) } });
    expect(() => seen.assertNotMeasured('measured.sold', { labels: euro })).toThrow(
      'measured.sold was measured with {"labels":{"payment.currency":"StringMatching"}}',
    );
    expect(seen.measured('measured.sold', euro)).toHaveLength(1);
  });

  test('assertMeasured() - tells the series nearest to labels with matchers first', () => {
    const labels = { 'payment.currency': expect.stringMatching(/^U/), shop: 'north' };
    expect(() => sold().assertMeasured('measured.sold', { labels })).toThrow(
      /the nearest first:\n {2}measured\.sold \[\{sale\}\] \{"payment\.currency":"USD"\}/,
    );
  });

  test('assertMeasured() - adds up the series that have the labels, and compares what is named', () => {
    const seen = sold();
    seen.assertMeasured('measured.sold');
    seen.assertMeasured('measured.sold', { value: 3, count: 3 });
    seen.assertMeasured('measured.sold', { value: 2, labels: { 'payment.currency': 'EUR' } });
    seen.assertMeasured('measured.duration', { sum: 0.3, count: 2, values: [0.1, 0.2] });
    seen.assertMeasured('measured.stock', { value: 4 });
    seen.assertMeasured('measured.stock', { values: [5, expect.any(Number)], sum: expect.closeTo(9) });
    seen.assertNotMeasured('measured.other');
    seen.assertNotMeasured('measured.sold', { value: 2 });
    seen.assertNotMeasured('measured.sold', { labels: { 'payment.currency': 'GBP' } });
    expect(() => seen.assertNotMeasured('measured.sold', { value: 3 })).toThrow(
      new Error(
        'measured.sold was measured with {"value":3}:\n' +
          '  measured.sold [{sale}] {"payment.currency":"EUR"} {"value":2,"count":2}\n' +
          '  measured.sold [{sale}] {"payment.currency":"USD"} {"value":1,"count":1}',
      ),
    );
  });

  test('assertMeasured() - says what was measured instead, the nearest labels first', () => {
    const seen = sold();
    expect(() =>
      seen.assertMeasured('measured.sold', { value: 5, labels: { 'payment.currency': 'USD' } }),
    ).toThrow(
      new Error(
        'measured.sold was not measured with {"value":5,"labels":{"payment.currency":"USD"}}.\n' +
          '    value: expected 5, was 1\n' +
          'It was measured:\n' +
          '  measured.sold [{sale}] {"payment.currency":"USD"} {"value":1,"count":1}\n' +
          '  measured.sold [{sale}] {"payment.currency":"EUR"} {"value":2,"count":2}',
      ),
    );
    expect(() => seen.assertMeasured('measured.stock', { labels: { 'payment.currency': 'USD' } })).toThrow(
      'It was measured with other labels, the nearest first:\n  measured.stock {"payment.currency":"EUR"}',
    );
    expect(() => seen.assertMeasured('measured.other')).toThrow(
      'measured.other was not measured with {}. Measured:\n  measured.sold [{sale}]',
    );
    seen.clear();
    expect(() => seen.assertMeasured('measured.sold')).toThrow('Measured:\n  nothing');
  });

  test.each(['assertMeasured', 'assertNotMeasured'] as const)(
    '%s() - refuses what nothing could ever fit',
    (assert) => {
      const seen = sold();
      expectSentence(
        () => seen[assert]('measured.solt'),
        `${assert}: no signal declares the metric 'measured.solt', and nothing observes it. Did you mean 'measured.sold'? Give the name of a metric of a signal that is defined, or await collect() for observable metrics.`,
      );
      expectSentence(
        () => seen[assert]('measured.duration', { value: 1 }),
        `${assert}: 'measured.duration' is a histogram, which has no \`value\`. Give \`count\`, \`sum\` or \`values\`.`,
      );
      expectSentence(
        () => seen[assert]('measured.sold', { vlaue: 1 } as object),
        `${assert}, in \`expected\`: there is no option 'vlaue'. Did you mean 'value'? There are \`labels\`, \`value\`, \`count\`, \`sum\`, \`values\`.`,
      );
      expectSentence(
        () => seen[assert]('measured.sold', { count: '1' as never }),
        `${assert}: \`count\` is '1'. Give a number.`,
      );
      expectSentence(
        () => seen[assert]('measured.sold', { values: 1 as never }),
        `${assert}: \`values\` is 1. Give a list of numbers.`,
      );
      expectSentence(
        () => seen[assert]('measured.sold', { labels: 'EUR' as never }),
        `${assert}: \`labels\` is 'EUR'. Give values by attribute keys, as in { 'payment.currency': 'EUR' }.`,
      );
    },
  );

  test('assertMeasured() - adds up no gauges', () => {
    const seen = recorder();
    const box = createSignalbox({ destinations: { seen } });
    box.emit(SOLD, { currency: 'EUR', stock: 1 });
    box.emit(SOLD, { currency: 'USD', stock: 2 });
    expectSentence(
      () => seen.assertMeasured('measured.stock', { value: 2 }),
      "assertMeasured: 'measured.stock' has 2 series with these labels, and their values are not added up. Give all labels of one.",
    );
    seen.assertMeasured('measured.stock', { value: 2, labels: { 'payment.currency': 'USD' } });
  });

  test('measured() - has what routes take there, and the account of the destination knows it', () => {
    const seen = recorder();
    const box = createSignalbox({ destinations: { seen }, routes: [{ signals: [OTHER], to: 'seen' }] });
    box.emit(OTHER);
    box.emit(SOLD, { currency: 'EUR' });
    expect(seen.measured()).toMatchObject([{ name: 'measured.other', value: -2, labels: {} }]);
    expect(box.stats().destinations.seen?.channels.metrics).toMatchObject({
      routed: 1,
      delivered: 1,
      queued: 0,
    });
  });

  test('measured() - a route by a pattern that may take a signal yet shows nothing before it does', () => {
    const seen = recorder();
    const box = createSignalbox({ destinations: { seen }, routes: [{ signals: 'LATER_*', to: 'seen' }] });
    box.emit(SOLD, { currency: 'EUR' });
    expect(seen.measured()).toEqual([]);
    seen.assertNotMeasured('measured.sold');
  });

  test('measured() - keeps what was measured before a route went', () => {
    const seen = recorder();
    const box = createSignalbox({ destinations: { seen }, routes: [] });
    const undo = box.route({ signals: SOLD, to: 'seen' });
    box.emit(SOLD, { currency: 'EUR' });
    undo();
    box.emit(SOLD, { currency: 'EUR' });
    seen.assertMeasured('measured.sold', { value: 1 });
  });

  test('recorder() - changes nothing of what the app’s own SDK gets', async () => {
    const otel = startOtel();
    for (let i = 0; i < 2; i++)
      createSignalbox({ destinations: { seen: recorder() } }).emit(SOLD, { currency: 'EUR' });
    expect(await otel.points('measured.sold')).toEqual([{ labels: { 'payment.currency': 'EUR' }, value: 2 }]);
  });

  test('recorder() - of several boxes has what each measures', () => {
    const seen = recorder();
    for (let i = 0; i < 2; i++) createSignalbox({ destinations: { seen } }).emit(SOLD, { currency: 'EUR' });
    seen.assertMeasured('measured.sold', { value: 2 });
  });

  test('collect() - looks at what is observed, where the recorder is the box’s `otherTelemetry`', async () => {
    const seen = recorder();
    const box = createSignalbox({ destinations: { seen }, otherTelemetry: 'seen' });
    const queue = createJobs(box).queue('mail');
    let waiting = 3;
    const monitor = queue.monitor({ depth: () => ({ waiting }) });
    await seen.collect();
    waiting = 4;
    await seen.collect();
    monitor.stop();
    expect(seen.instruments()).toContain('queue.jobs');
    const labels = { 'job.state': 'waiting' };
    seen.assertMeasured('queue.jobs', { value: 4, labels });
    expect(seen.measured('queue.jobs', labels)[0]?.values).toEqual([3, 4]);
  });
});
