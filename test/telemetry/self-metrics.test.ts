import { createSignalbox, defineSignal } from 'signalbox';
import { exporters } from 'signalbox/sdk';
import { consoleSink } from 'signalbox/sinks';
import { expect, test } from 'vitest';
import { KeptLogs, KeptMetrics } from '../sdk/helpers.js';

const PAID = defineSignal('SELF_PAID');
const OTHER = defineSignal('SELF_OTHER');
const NOWHERE = defineSignal('SELF_NOWHERE');

test('signalbox.items - says what stats() says, at the destination of other telemetry alone', async () => {
  const first = { logs: new KeptLogs(), metrics: new KeptMetrics() };
  const second = { logs: new KeptLogs(), metrics: new KeptMetrics() };
  const box = createSignalbox({
    destinations: {
      first: exporters(first),
      second: exporters(second),
      picky: () => ({ dropped: 'filtered' }),
      printed: consoleSink({ stream: { write: () => {} } }),
      broken: () => {
        throw new Error('broken');
      },
    },
    otherTelemetry: 'first',
    routes: [
      { signals: PAID, to: ['first', 'second', 'picky'] },
      { signals: OTHER, to: ['first', 'broken', 'otel'] },
    ],
  });
  for (let i = 0; i < 3; i++) box.emit(PAID);
  for (let i = 0; i < 2; i++) box.emit(OTHER);
  for (let i = 0; i < 4; i++) box.emit(NOWHERE);
  await box.forceFlush();
  const { destinations } = box.stats();
  await box.shutdown();

  const items = first.metrics.total('signalbox.items', 'last');
  const of = (destination: string, channel: string, outcome: string, reason?: string): number | undefined =>
    items[
      [
        `signalbox.channel=${channel}`,
        `signalbox.destination=${destination}`,
        ...(reason === undefined ? [] : [`signalbox.drop.reason=${reason}`]),
        `signalbox.outcome=${outcome}`,
      ].join(' ')
    ];
  expect(of('first', 'logs', 'delivered')).toBe(destinations.first?.channels.logs?.delivered);
  expect(of('first', 'logs', 'delivered')).toBe(5);
  expect(of('second', 'logs', 'delivered')).toBe(3);
  expect(of('picky', 'sink', 'dropped', 'filtered')).toBe(3);
  expect(of('broken', 'sink', 'failed')).toBe(2);
  expect(of('otel', 'logs', 'dropped', 'no_provider')).toBe(2);
  // What no route takes belongs to no destination.
  expect(items['signalbox.drop.reason=unrouted signalbox.outcome=dropped']).toBe(4);
  expect(first.metrics.names).toEqual([
    'signalbox.items',
    'signalbox.queue.capacity',
    'signalbox.queue.size',
  ]);
  expect(second.metrics.names).toEqual([]);
  expect(first.metrics.total('signalbox.queue.capacity', 'last')['signalbox.destination=second']).toBe(
    16_384,
  );
  // As many as its bytes allow: there is no number to tell.
  const capacities = Object.keys(first.metrics.total('signalbox.queue.capacity', 'last'));
  expect(capacities).not.toContain('signalbox.destination=printed');
});
