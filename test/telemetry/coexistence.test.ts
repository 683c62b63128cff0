import { createSignalbox } from 'signalbox';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { resetOtel } from '../support/otel.js';
import type { Telemetry } from './coexisting-app.js';
import { runApp } from './coexisting-app.js';

afterEach(resetOtel);

let alone: Telemetry;
beforeAll(async () => {
  alone = await runApp();
});

describe('in an app with a NodeSDK of its own', () => {
  test('the app alone - has telemetry of every kind to lose', () => {
    expect(alone.own.spans).toHaveLength(6);
    expect(alone.own.logs).toHaveLength(7);
    expect(alone.own.metrics).toHaveLength(2);
    expect(alone.ours).toEqual({ spans: [], logs: [], metrics: [] });
  });

  test.each([
    ['createSignalbox() alone', false],
    ['box.instrumentation()', true],
  ])('%s - unused, changes nothing at all', async (_, handed) => {
    expect(await runApp({ box: createSignalbox(), handed })).toEqual(alone);
  });

  test.each([
    ['createSignalbox() alone', false],
    ['box.instrumentation()', true],
  ])(
    "%s - used, leaves the app's own telemetry as it was, item for item, and ours is there",
    async (_, handed) => {
      const box = createSignalbox();
      const { own, ours, eventsOnOwnSpans } = await runApp({ box, used: true, handed });
      expect(own).toEqual(alone.own);
      expect(eventsOnOwnSpans).toEqual(Array(3).fill('goods.ordered on order'));

      expect(ours.spans).toHaveLength(6);
      expect(ours.spans).toEqual(
        expect.arrayContaining([
          expect.objectContaining({ name: 'enqueue orders', parent: 'order' }),
          expect.objectContaining({ name: 'process orders', parent: 'enqueue orders' }),
        ]),
      );
      const oneOrder = [
        { eventName: 'goods.ordered', span: 'order' },
        { eventName: undefined, span: 'order', body: 'in between' },
        { eventName: 'job.queued', span: 'enqueue orders' },
        { eventName: 'job.started', span: 'process orders' },
        { eventName: 'job.completed', span: 'process orders' },
      ];
      expect(ours.logs).toMatchObject([...oneOrder, ...oneOrder, ...oneOrder]);
      expect(ours.metrics).toHaveLength(1);
      const [{ metrics }] = ours.metrics as [
        { metrics: { descriptor: { name: string }; points: object[] }[] },
      ];
      const counted = Object.fromEntries(metrics.map((m) => [m.descriptor.name, m.points]));
      expect(counted).toMatchObject({
        'goods.ordered': [{ value: 3 }],
        'job.enqueued': [{ value: 3 }],
        'job.ended': [{ value: 3 }],
        'messaging.process.duration': [{ value: 3 }],
      });
      const channels = box.stats().destinations.otel?.channels;
      expect(channels?.logs).toMatchObject({ routed: 15, handedOver: 15 });
      for (const telemetry of [...ours.spans, ...ours.logs])
        expect(telemetry).toMatchObject({ resource: { 'service.name': 'shop' } });
    },
  );

  test('a box whose routes name a sink alone - leaves the app as it was, and the SDK gets nothing of it', async () => {
    const arrived: string[] = [];
    const box = createSignalbox({
      destinations: { sink: (emission) => void arrived.push(emission.signal) },
      routes: [{ signals: '*', to: ['sink'] }],
    });
    const { own, ours, eventsOnOwnSpans } = await runApp({ box, used: true });
    expect(own).toEqual(alone.own);
    expect(eventsOnOwnSpans).toEqual([]);
    expect(ours.logs).toEqual([]);
    expect(arrived.filter((signal) => signal === 'GOODS_ORDERED')).toHaveLength(3);
  });

  test('disable() - leaves the app as it was', async () => {
    const box = createSignalbox();
    box.disable();
    expect(await runApp({ box, used: true, handed: true })).toEqual(alone);
  });
});
