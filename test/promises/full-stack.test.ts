import type { Signalbox, Stats } from 'signalbox';
import { createSignalbox, defineSignal } from 'signalbox';
import { exporters } from 'signalbox/sdk';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { KeptLogs } from '../sdk/helpers.js';
import { onFullStack } from '../support/full-stack.js';
import { recordDiag, resetOtel, startOtel } from '../support/otel.js';
import { noUnhandledRejections } from './rejections.js';

noUnhandledRejections();
beforeEach(recordDiag);
afterEach(resetOtel);

const FELL = defineSignal('TREE_FELL');

describe('an app whose stack is full', () => {
  // The first of this file: what was never called before needs more stack than what was.
  test('emits to sinks - each emission that a sink is counted for has an outcome', async () => {
    const called = { first: 0, second: 0 };
    const box = createSignalbox({
      destinations: { first: () => void called.first++, second: () => void called.second++ },
    });
    await onFullStack(() => box.emit(FELL));
    await box.forceFlush();
    const { first, second } = box.stats().destinations;
    expect(first?.channels.sink).toMatchObject({ delivered: called.first, queued: 0 });
    expect(second?.channels.sink).toMatchObject({ delivered: called.second, queued: 0 });
  });

  test('emits there and everywhere else - what the destinations are given from then on is delivered as ever', async () => {
    startOtel();
    let called = 0;
    const logs = new KeptLogs();
    const box = createSignalbox({
      destinations: {
        sink: () => void called++,
        collector: exporters({ logs, batch: { size: 1 } }),
      },
    });
    await onFullStack(() => box.emit(FELL));
    await box.forceFlush();
    const before = { sink: called, collector: logs.records.length };
    for (let i = 0; i < 10; i++) box.emit(FELL);
    await box.forceFlush();
    expect(before.sink).toBeGreaterThan(1);
    expect({ sink: called, collector: logs.records.length }).toEqual({
      sink: before.sink + 10,
      collector: before.collector + 10,
    });
    const { sink, collector } = box.stats().destinations;
    expect(sink?.channels.sink).toMatchObject({ delivered: called, queued: 0 });
    expect(collector?.channels.logs).toMatchObject({ delivered: logs.records.length, queued: 0 });
  });

  test.each([
    ['open', (): void => undefined],
    ['shut down', (box: Signalbox) => void box.shutdown()],
  ])(
    'emits wherever there is any stack left, to a box that is %s - each emit that returns is counted, once',
    async (_, prepare) => {
      startOtel();
      const box = createSignalbox({
        destinations: { sink: () => undefined, collector: exporters({ logs: new KeptLogs() }) },
        routes: [{ signals: '*', to: ['otel', 'sink', 'collector'] }],
      });
      prepare(box);
      const before = sum(box.stats());
      let returned = 0;
      await onFullStack(() => {
        box.emit(FELL);
        returned++;
      });
      expect(returned).toBeGreaterThan(1_000);
      expect(sum(box.stats()) - before).toBe(returned);
      await box.forceFlush();
      for (const { channels } of Object.values(box.stats().destinations))
        for (const counts of Object.values(channels)) expect(counts.queued).toBe(0);
    },
  );
});

function sum({ emitted, unrouted, refused }: Stats): number {
  return Object.values(refused).reduce((all, n) => all + n, emitted + unrouted);
}
