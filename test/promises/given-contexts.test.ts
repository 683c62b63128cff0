import { ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { createSignalbox, defineSignal } from 'signalbox';
import { recorder } from 'signalbox/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { recordDiag, resetOtel, startOtel } from '../support/otel.js';
import { hostile, unreadable } from './hostile.js';

let told: string[];
beforeEach(() => {
  told = recordDiag();
});
afterEach(resetOtel);

const DONE = defineSignal('THING_DONE');

describe('emit() - a context that is none', () => {
  test.each<[string, unknown]>([
    ['an object', {}],
    ['a text', 'context'],
    ['a number', 7],
    ['one without setValue', { getValue: () => undefined }],
    ['one that throws', { getValue: hostile, setValue: hostile }],
    ['one that holds numbers', { getValue: () => 7, setValue: () => undefined }],
    ['one that holds objects', { getValue: () => ({}), setValue: () => undefined }],
    ['what can not be read', unreadable()],
  ])('%s - it is given in the active one, told once', async (_, context) => {
    const otel = startOtel();
    const seen = recorder();
    const box = createSignalbox({ destinations: { seen }, routes: [{ signals: '*', to: ['seen', 'otel'] }] });
    otel.tracerProvider.getTracer('app').startActiveSpan('work', (span) => {
      for (let i = 0; i < 3; i++) box.emit(DONE, {}, { context } as object);
      expect(seen.emissions().map((e) => e.traceId)).toEqual(Array(3).fill(span.spanContext().traceId));
      span.end();
    });
    expect(otel.logs()).toHaveLength(3);
    expect(told).toEqual([expect.stringContaining('a `context` that is no OpenTelemetry context')]);
    expect(await box.shutdown()).toEqual({ complete: true, undelivered: {} });
  });

  test('a real one is taken', () => {
    const seen = recorder();
    const spanContext = { traceId: '1'.repeat(32), spanId: '2'.repeat(16), traceFlags: 1 };
    createSignalbox({ destinations: { seen } }).emit(
      DONE,
      {},
      { context: trace.setSpanContext(ROOT_CONTEXT, spanContext) },
    );
    expect(seen.emissions()[0]).toMatchObject({ traceId: '1'.repeat(32), spanId: '2'.repeat(16) });
  });
});

describe('emit() - options that are none', () => {
  test.each<[string, unknown]>([
    ['a text', 'error'],
    ['null', null],
    [
      'getters that throw',
      Object.defineProperties(
        {},
        Object.fromEntries(
          ['severity', 'message', 'context', 'timestamp'].map((name) => [name, { get: hostile }]),
        ),
      ),
    ],
    ['what can not be read', unreadable()],
    ['a time before 1970', { timestamp: -1 }],
    ['a time after 2554', { timestamp: Date.UTC(2554, 6, 21, 23, 34, 33, 710) }],
    ['a time that is a date', { timestamp: new Date(0) }],
  ])('%s - it is given without them', (_, options) => {
    const seen = recorder();
    const box = createSignalbox({ destinations: { seen } });
    const before = Date.now() - 5;
    box.emit(DONE, {}, options as object);
    expect(seen.emissions()[0]).toMatchObject({ severity: 'info', message: 'thing done' });
    expect(seen.emissions()[0]?.timestamp).toBeGreaterThanOrEqual(before);
    expect(seen.emissions()[0]?.timestamp).toBeLessThan(before + 60_000);
    expect(box.stats().refused).toEqual({});
  });

  test('emit() - times to the edges of what the wire can carry are taken, others counted', () => {
    const seen = recorder();
    const box = createSignalbox({ destinations: { seen } });
    const last = Date.UTC(2554, 6, 21, 23, 34, 33, 709);
    for (const timestamp of [0, last, last + 1, -0.001, Number.NaN]) box.emit(DONE, {}, { timestamp });
    expect(
      seen
        .emissions()
        .slice(0, 2)
        .map((e) => e.timestamp),
    ).toEqual([0, last]);
    expect(box.stats().values.outOfRange).toBe(3);
  });
});

describe('shutdown()', () => {
  test('what was refused is in the report, what came later is not', async () => {
    const box = createSignalbox({ destinations: { seen: recorder() } });
    box.emit({ name: 'NO_SIGNAL' } as never);
    const ending = box.shutdown();
    box.info('late');
    expect(await ending).toEqual({ complete: false, undelivered: {}, refused: { conflict: 1 } });
    expect(box.stats().refused).toMatchObject({ closed: 1 });
  });
});
