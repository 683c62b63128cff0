import { trace } from '@opentelemetry/api';
import type { SignalboxOptions } from 'signalbox';
import { createSignalbox, defineSignal } from 'signalbox';
import { exporters } from 'signalbox/sdk';
import { afterEach, describe, expect, test } from 'vitest';
import { KeptLogs } from '../sdk/helpers.js';
import { resetOtel, startOtel } from '../support/otel.js';

afterEach(resetOtel);

const ROUTED = defineSignal('STANDING_ROUTED', { metrics: [{ type: 'counter', name: 'standing.routed' }] });

const sink = (): void => undefined;
const collector = (): ReturnType<typeof exporters> => exporters({ logs: new KeptLogs() });

/** What the app's own SDK gets of one emit: records, events on the active span, points. */
async function givenToOtel(options: SignalboxOptions<string>): Promise<readonly number[]> {
  const otel = startOtel();
  const box = createSignalbox(options);
  trace.getTracer('app').startActiveSpan('work', (span) => {
    box.emit(ROUTED);
    span.end();
  });
  await box.forceFlush();
  const points = await otel.points('standing.routed');
  return [otel.logs().length, otel.spans('work')[0]?.events.length ?? 0, points.length];
}

describe('a box without routes', () => {
  test.each([
    ['nothing', {}],
    ['a sink', { sink }],
    ['sinks', { sink, other: sink }],
  ])(
    'routes - where %s is declared, everything goes to the app’s own OpenTelemetry',
    async (_, destinations) => {
      expect(await givenToOtel({ destinations })).toEqual([1, 1, 1]);
    },
  );

  test.each([
    ['exporters are', () => ({ collector: collector() })],
    ['exporters are, beside a sink,', () => ({ sink, collector: collector() })],
  ])('routes - where %s declared, nothing goes there: it would leave twice', async (_, declared) => {
    expect(await givenToOtel({ destinations: declared() })).toEqual([0, 0, 0]);
  });

  test('routes - that are given alone switch it off', async () => {
    expect(await givenToOtel({ destinations: { sink }, routes: [{ signals: '*', to: ['sink'] }] })).toEqual([
      0, 0, 0,
    ]);
    expect(await givenToOtel({ routes: [] })).toEqual([0, 0, 0]);
  });
});
