import { context, metrics, propagation, trace } from '@opentelemetry/api';
import { logs } from '@opentelemetry/api-logs';
import { createSignalbox } from 'signalbox';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { play, UNTROUBLED } from '../../promises/app.js';
import { noUnhandledRejections } from '../../promises/rejections.js';
import { resetOtel } from '../../support/otel.js';

beforeEach(resetOtel);
afterEach(resetOtel);
noUnhandledRejections();

const late = (): unknown => Promise.reject(new Error('late'));

/** An object whose methods all answer with a promise that rejects. */
function rejecting(methods: readonly string[], others: object = {}): never {
  return { ...Object.fromEntries(methods.map((name) => [name, late])), ...others } as never;
}

const SPAN = ['setAttribute', 'setAttributes', 'addEvent', 'addLink', 'setStatus', 'end', 'recordException'];
const span = rejecting(SPAN, {
  isRecording: () => true,
  spanContext: () => ({ traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1 }),
});
const instrument = rejecting(['add', 'record', 'addCallback', 'removeCallback']);
const METER = [
  'createCounter',
  'createUpDownCounter',
  'createGauge',
  'createHistogram',
  'createObservableGauge',
  'createObservableCounter',
  'createObservableUpDownCounter',
];
const PROVIDER = ['forceFlush', 'shutdown'];

describe('an app whose telemetry answers with promises that reject', () => {
  test('everything that it is asked - ends no process, and the app notices nothing', async () => {
    trace.setGlobalTracerProvider(rejecting(PROVIDER, { getTracer: () => ({ startSpan: () => span }) }));
    const meter = (): object => Object.fromEntries(METER.map((name) => [name, () => instrument]));
    metrics.setGlobalMeterProvider(rejecting(PROVIDER, { getMeter: meter }));
    logs.setGlobalLoggerProvider(rejecting(PROVIDER, { getLogger: () => rejecting(['emit', 'enabled']) }));
    propagation.setGlobalPropagator(rejecting(['inject', 'extract', 'fields']));
    context.setGlobalContextManager(rejecting(['active', 'with', 'bind'], { disable() {} }));
    const box = createSignalbox();
    expect(await play(box)).toEqual(UNTROUBLED);
    expect(box.stats().destinations.otel?.channels.logs?.handedOver).toBeGreaterThan(0);
    box.describe();
    await box.shutdown();
  });

  test('providers that give promises for what they are to make - are as good as none', async () => {
    trace.setGlobalTracerProvider(rejecting([...PROVIDER, 'getTracer']));
    metrics.setGlobalMeterProvider(rejecting([...PROVIDER, 'getMeter']));
    logs.setGlobalLoggerProvider(rejecting([...PROVIDER, 'getLogger']));
    const box = createSignalbox();
    expect(await play(box)).toEqual(UNTROUBLED);
    await box.shutdown();
  });

  test('instruments and spans that are promises - are none', async () => {
    trace.setGlobalTracerProvider(rejecting(PROVIDER, { getTracer: () => rejecting(['startSpan']) }));
    metrics.setGlobalMeterProvider(rejecting(PROVIDER, { getMeter: () => rejecting(METER) }));
    const box = createSignalbox();
    expect(await play(box)).toEqual(UNTROUBLED);
    await box.shutdown();
  });
});
