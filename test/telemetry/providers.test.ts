import { trace } from '@opentelemetry/api';
import { logs } from '@opentelemetry/api-logs';
import type { Signalbox } from 'signalbox';
import { createSignalbox, defineSignal } from 'signalbox';
import { createJobs } from 'signalbox/jobs';
import { afterEach, describe, expect, test } from 'vitest';
import { resetOtel, startOtel, TestOtel } from '../support/otel.js';

afterEach(resetOtel);

const SEEN = defineSignal('THING_SEEN', {
  metrics: [{ type: 'counter', name: 'thing.seen', unit: '{thing}' }],
});

/** Gives one log record, one point and one span. */
function give(box: Signalbox): void {
  box.emit(SEEN);
  createJobs(box).queue('things').enqueue({ id: '1' }).accepted();
}

interface Got {
  readonly logs: number;
  readonly points: number;
  readonly spans: number;
}

async function got(otel: TestOtel): Promise<Got> {
  return {
    logs: otel.logs('thing.seen').length,
    points: (await otel.points('thing.seen'))[0]?.value ?? 0,
    spans: otel.spans('enqueue things').length,
  };
}

const NOTHING: Got = { logs: 0, points: 0, spans: 0 };
const ONCE: Got = { logs: 1, points: 1, spans: 1 };

describe('providers', () => {
  test('providers - a box made after the SDK started finds it', async () => {
    const otel = startOtel();
    give(createSignalbox());
    expect(await got(otel)).toEqual(ONCE);
  });

  test('providers - a box made before the SDK started finds it', async () => {
    const box = createSignalbox();
    const otel = startOtel();
    give(box);
    expect(await got(otel)).toEqual(ONCE);
  });

  test('providers - what came before the SDK is counted, what comes after arrives', async () => {
    const box = createSignalbox();
    give(box);
    const otel = startOtel();
    give(box);
    expect(await got(otel)).toEqual(ONCE);
    const { logs: counts, metrics } = box.stats().destinations.otel?.channels ?? {};
    expect(counts).toMatchObject({ routed: 4, handedOver: 2, dropped: { no_provider: 2 } });
    expect(metrics).toMatchObject({ dropped: { no_provider: 2 } });
  });

  test('providers - after disable() and a second SDK everything goes to the second', async () => {
    const box = createSignalbox();
    const first = startOtel();
    give(box);
    resetOtel();
    const second = startOtel();
    give(box);
    give(box);
    expect(await got(first)).toEqual(ONCE);
    expect(await got(second)).toEqual({ logs: 2, points: 2, spans: 2 });
  });

  test('providers - between two SDKs nothing goes to the one that is gone', async () => {
    const box = createSignalbox();
    const first = startOtel();
    resetOtel();
    give(box);
    expect(await got(first)).toEqual(NOTHING);
    expect(box.stats().destinations.otel?.channels.logs?.dropped).toEqual({ no_provider: 2 });
  });

  test('providers - an SDK that was shut down but stays registered is seen by its loggers', async () => {
    const box = createSignalbox();
    const otel = startOtel();
    await otel.shutdown();
    box.emit(SEEN);
    expect(box.stats().destinations.otel?.channels.logs).toMatchObject({
      routed: 1,
      handedOver: 0,
      dropped: { disabled: 1 },
    });
  });

  test('providers - two boxes on one SDK both arrive', async () => {
    const otel = startOtel();
    give(createSignalbox());
    give(createSignalbox());
    expect(await got(otel)).toEqual({ logs: 2, points: 2, spans: 2 });
  });
});

describe('instrumentation()', () => {
  function hand(otel: TestOtel, to: ReturnType<Signalbox['instrumentation']>): void {
    to.setTracerProvider(otel.tracerProvider);
    to.setMeterProvider(otel.meterProvider);
    to.setLoggerProvider(otel.loggerProvider);
  }

  test('instrumentation() - providers that are not global are used', async () => {
    const box = createSignalbox();
    const local = new TestOtel();
    hand(local, box.instrumentation());
    give(box);
    expect(await got(local)).toEqual(ONCE);
  });

  test('instrumentation() - providers handed over win over global ones, which get nothing of ours', async () => {
    const box = createSignalbox();
    const [local, global] = [new TestOtel(), startOtel()];
    hand(local, box.instrumentation());
    give(box);
    expect(await got(local)).toEqual(ONCE);
    expect(await got(global)).toEqual(NOTHING);
  });

  test('instrumentation() - where only one provider is handed over, the global ones do for the others', async () => {
    const box = createSignalbox();
    const [local, global] = [new TestOtel(), startOtel()];
    box.instrumentation().setLoggerProvider(local.loggerProvider);
    box.emit(SEEN);
    expect(await got(local)).toEqual({ logs: 1, points: 0, spans: 0 });
    expect(await got(global)).toEqual({ logs: 0, points: 1, spans: 0 });
  });

  test('instrumentation() - disable() releases what was handed over, and the global ones are found again', async () => {
    const box = createSignalbox();
    const [local, global] = [new TestOtel(), startOtel()];
    const instrumentation = box.instrumentation();
    hand(local, instrumentation);
    instrumentation.disable();
    give(box);
    expect(await got(local)).toEqual(NOTHING);
    expect(await got(global)).toEqual(ONCE);
  });

  test('providers - one whose proxy throws hides none of the others', async () => {
    const otel = startOtel();
    const box = createSignalbox();
    box.instrumentation().setTracerProvider({
      getDelegate: () => {
        throw new Error('no');
      },
    } as never);
    give(box);
    expect(await got(otel)).toEqual(ONCE);
  });

  test("instrumentation() - the api's proxies, handed over before an SDK started, hide no later SDK", async () => {
    const box = createSignalbox();
    const instrumentation = box.instrumentation();
    // What registerInstrumentations hands over while nothing is registered.
    instrumentation.setTracerProvider(trace.getTracerProvider());
    instrumentation.setLoggerProvider(logs.getLoggerProvider());
    give(box);
    expect(box.stats().destinations.otel?.channels.logs?.dropped).toEqual({ no_provider: 2 });
    const otel = startOtel();
    give(box);
    expect(await got(otel)).toEqual(ONCE);
  });

  test('instrumentation() - has the name, the version and the configuration that registerInstrumentations asks for', () => {
    const instrumentation = createSignalbox().instrumentation();
    expect(instrumentation.instrumentationName).toBe('signalbox');
    expect(instrumentation.instrumentationVersion).toMatch(/^\d+\.\d+\.\d+/);
    instrumentation.setConfig({ enabled: false });
    expect(instrumentation.getConfig()).toEqual({ enabled: false });
    instrumentation.enable();
    expect(instrumentation.getConfig()).toEqual({ enabled: true });
  });
});

describe('without any SDK', () => {
  test('no SDK - every log record and point is counted no_provider, and the app sees nothing', () => {
    const box = createSignalbox();
    for (let i = 0; i < 3; i++) box.emit(SEEN);
    const channels = box.stats().destinations.otel?.channels;
    expect(channels?.logs).toEqual({
      routed: 3,
      delivered: 0,
      handedOver: 0,
      dropped: { no_provider: 3 },
      failed: 0,
      queued: 0,
    });
    expect(channels?.metrics).toMatchObject({ routed: 3, dropped: { no_provider: 3 }, queued: 0 });
    expect(channels?.spanEvents).toMatchObject({ routed: 0, queued: 0 });
  });
});
