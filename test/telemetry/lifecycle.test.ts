import { trace } from '@opentelemetry/api';
import { logs } from '@opentelemetry/api-logs';
import type { Destination, SinkFunction } from 'signalbox';
import { createSignalbox, defineSignal } from 'signalbox';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { pass, turn, useFakeTime, useRealTime } from '../examples/queue/fake-time.js';
import { recordDiag, resetOtel, startOtel, TestOtel } from '../support/otel.js';

vi.mock('../../src/delivery/timers.js', () => import('../support/global-timers.js'));
beforeEach(useFakeTime);
afterEach(() => {
  useRealTime();
  resetOtel();
});

const SENT = defineSignal('LETTER_SENT');
const hanging: SinkFunction = () => new Promise<void>(() => {});

/** Whether a promise has settled, and with what. */
function watch<T>(promise: Promise<T>): { settled: boolean; value?: T } {
  const seen: { settled: boolean; value?: T } = { settled: false };
  void promise.then((value) => {
    seen.settled = true;
    seen.value = value;
  });
  return seen;
}

describe('forceFlush()', () => {
  test('forceFlush() - settles when what was emitted so far has an outcome', async () => {
    let go: () => void = () => undefined;
    const box = createSignalbox({
      destinations: {
        sink: () =>
          new Promise<void>((resolve) => {
            go = resolve;
          }),
      },
    });
    box.emit(SENT);
    const flushed = watch(box.forceFlush());
    await pass(1000);
    expect(flushed.settled).toBe(false);
    go();
    await turn();
    expect(flushed.settled).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  test.each([
    [undefined, 5000],
    [200, 200],
  ])(
    'forceFlush() - with a sink that hangs and the deadline %s settles after %d ms',
    async (timeoutMillis, millis) => {
      const box = createSignalbox({ destinations: { sink: hanging } });
      box.emit(SENT);
      const flushed = watch(box.forceFlush(timeoutMillis === undefined ? {} : { timeoutMillis }));
      await pass(millis - 1);
      expect(flushed.settled).toBe(false);
      await pass(1);
      expect(flushed.settled).toBe(true);
      expect(box.stats().destinations.sink?.channels.sink).toMatchObject({ routed: 1, queued: 1, failed: 0 });
      expect(vi.getTimerCount()).toBe(0);
    },
  );

  test("forceFlush() - flushes the app's own providers, once each", async () => {
    const otel = startOtel();
    const flushes = [otel.tracerProvider, otel.loggerProvider, otel.meterProvider].map((provider) =>
      vi.spyOn(provider, 'forceFlush'),
    );
    await createSignalbox().forceFlush();
    for (const flush of flushes) expect(flush).toHaveBeenCalledTimes(1);
  });

  test('forceFlush() - a provider that hangs costs the deadline, one that rejects nothing', async () => {
    const otel = startOtel();
    vi.spyOn(otel.loggerProvider, 'forceFlush').mockReturnValue(new Promise(() => {}));
    vi.spyOn(otel.meterProvider, 'forceFlush').mockRejectedValue(new Error('no'));
    const flushed = watch(createSignalbox().forceFlush({ timeoutMillis: 300 }));
    await pass(299);
    expect(flushed.settled).toBe(false);
    await pass(1);
    expect(flushed.settled).toBe(true);
  });

  test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])(
    'forceFlush() - the deadline %d settles where nothing waits',
    async (timeoutMillis) => {
      const flushed = watch(createSignalbox().forceFlush({ timeoutMillis }));
      await pass(1);
      expect(flushed.settled).toBe(true);
    },
  );
});

describe('a deadline', () => {
  test.each([Number.NaN, '200', -1, Number.NEGATIVE_INFINITY, {}, 200n] as readonly unknown[])(
    'a deadline - that is %o is told, and is the default: 5000 ms',
    async (given) => {
      const told = recordDiag();
      const timeoutMillis = given as number;
      for (const step of ['forceFlush', 'shutdown'] as const) {
        const box = createSignalbox({ destinations: { sink: hanging } });
        box.emit(SENT);
        const settled = watch<unknown>(box[step]({ timeoutMillis }));
        await pass(4999);
        expect(settled.settled).toBe(false);
        await pass(1);
        expect(settled.settled).toBe(true);
      }
      expect(told).toContainEqual(
        expect.stringMatching(
          /^signalbox: `timeoutMillis` is .+; signalbox uses 5000 instead\. Give milliseconds from 0\.$/,
        ),
      );
    },
  );

  test('a deadline - of Infinity is as far away as a timer can wait, and nothing is told of it', async () => {
    const told = recordDiag();
    const box = createSignalbox({ destinations: { sink: hanging } });
    box.emit(SENT);
    const end = watch(box.shutdown({ timeoutMillis: Number.POSITIVE_INFINITY }));
    await pass(2 ** 31 - 2);
    expect(end.settled).toBe(false);
    await pass(1);
    expect(end.value).toMatchObject({ undelivered: { sink: { failed: 1 } } });
    expect(told.filter((text) => text.includes('timeoutMillis'))).toEqual([]);
  });

  test('a deadline - of 0 is here at once, and nothing is told of it', async () => {
    const told = recordDiag();
    const box = createSignalbox({ destinations: { sink: hanging } });
    box.emit(SENT);
    const end = watch(box.shutdown({ timeoutMillis: 0 }));
    await pass(1);
    expect(end.settled).toBe(true);
    expect(told.filter((text) => text.includes('timeoutMillis'))).toEqual([]);
  });
});

describe('shutdown()', () => {
  test('shutdown() - delivers what waits, closes the sinks and says that all is complete', async () => {
    let closed = 0;
    const sink: SinkFunction = Object.assign(() => new Promise<void>((done) => setTimeout(done, 10)), {
      close: () => void closed++,
    });
    const box = createSignalbox({ destinations: { sink } });
    for (let i = 0; i < 3; i++) box.emit(SENT);
    const end = watch(box.shutdown());
    await pass(29);
    expect(end.settled).toBe(false);
    expect(closed).toBe(0);
    await pass(1);
    expect(end.value).toEqual({ complete: true, undelivered: {} });
    expect(closed).toBe(1);
    expect(box.stats().destinations.sink?.channels.sink).toMatchObject({ routed: 3, delivered: 3 });
  });

  test('shutdown() - with a sink that hangs settles at its deadline and says what was not delivered', async () => {
    const box = createSignalbox({ destinations: { hanging, quick: () => undefined } });
    for (let i = 0; i < 4; i++) box.emit(SENT);
    const end = watch(box.shutdown({ timeoutMillis: 250 }));
    await pass(249);
    expect(end.settled).toBe(false);
    await pass(1);
    expect(end.value).toEqual({
      complete: false,
      undelivered: { hanging: { failed: 1, shutdown: 3 } },
    });
    expect(box.stats().destinations.hanging?.channels.sink).toMatchObject({
      routed: 4,
      failed: 1,
      dropped: { shutdown: 3 },
      queued: 0,
    });
    expect(box.stats().destinations.quick?.channels.sink).toMatchObject({ delivered: 4 });
    expect(vi.getTimerCount()).toBe(0);
  });

  test('shutdown() - tells the sink that is being called, so that it can let go', async () => {
    let aborted = false;
    const box = createSignalbox({
      destinations: {
        sink: (_emission, { signal }) =>
          new Promise<void>(() => {
            signal.addEventListener('abort', () => {
              aborted = true;
            });
          }),
      },
    });
    box.emit(SENT);
    const end = watch(box.shutdown({ timeoutMillis: 50 }));
    await pass(50);
    expect(end.settled).toBe(true);
    expect(aborted).toBe(true);
  });

  test('shutdown() - one sink that hangs takes no time from the others, nor does one that hangs in close()', async () => {
    const arrived: number[] = [];
    const slow: SinkFunction = async () => {
      await new Promise<void>((done) => setTimeout(done, 90));
      arrived.push(1);
    };
    const stuck: SinkFunction = Object.assign(() => undefined, { close: () => new Promise<void>(() => {}) });
    const box = createSignalbox({ destinations: { hanging, stuck, slow } });
    box.emit(SENT);
    const end = watch(box.shutdown({ timeoutMillis: 100 }));
    await pass(100);
    expect(end.value?.undelivered).toEqual({ hanging: { failed: 1 } });
    expect(arrived).toEqual([1]);
  });

  test.each<[string, () => Promise<void>]>([
    ['heeds no deadline', () => new Promise(() => {})],
    [
      'throws',
      () => {
        throw new Error('no');
      },
    ],
  ])(
    'a destination that %s - keeps neither forceFlush() nor shutdown() past the deadline',
    async (_, step) => {
      const odd: Destination = {
        kind: 'sink',
        channels: ['sink'],
        connect: ({ account }) => ({
          kind: 'sink',
          accept: () => account('sink').routed(),
          forceFlush: step,
          shutdown: step,
        }),
      };
      const box = createSignalbox({ destinations: { odd } });
      box.emit(SENT);
      const flushed = watch(box.forceFlush({ timeoutMillis: 40 }));
      await pass(40);
      expect(flushed.settled).toBe(true);
      const end = watch(box.shutdown({ timeoutMillis: 40 }));
      await pass(40);
      expect(end.value).toEqual({ complete: false, undelivered: { odd: { queued: 1 } } });
    },
  );

  test('shutdown() - gives the same promise each time, and later emits are counted closed', async () => {
    startOtel();
    const box = createSignalbox();
    const first = box.shutdown();
    expect(box.shutdown({ timeoutMillis: 1 })).toBe(first);
    box.emit(SENT);
    box.info('late');
    await first;
    box.emit(SENT);
    expect(box.stats()).toMatchObject({ emitted: 0, refused: { closed: 3 } });
  });

  test("shutdown() - flushes the app's SDK and never shuts it down", async () => {
    const otel = startOtel();
    const providers = [otel.tracerProvider, otel.loggerProvider, otel.meterProvider];
    const flushes = providers.map((provider) => vi.spyOn(provider, 'forceFlush'));
    const shutdowns = providers.map((provider) => vi.spyOn(provider, 'shutdown'));
    await createSignalbox().shutdown();
    for (const flush of flushes) expect(flush).toHaveBeenCalledTimes(1);
    for (const shutdown of shutdowns) expect(shutdown).not.toHaveBeenCalled();
  });

  test('shutdown() - an emission dropped as asked for is no loss, and none that no SDK ever took', async () => {
    const COUNTED = defineSignal('MAIL_COUNTED', { metrics: [{ type: 'counter', name: 'mails' }] });
    trace.setGlobalTracerProvider(new TestOtel().tracerProvider);
    const box = createSignalbox({ destinations: { sink: () => ({ dropped: 'sampled' }) } });
    box.emit(COUNTED);
    const end = watch(box.shutdown());
    await pass(1);
    expect(end.value).toEqual({ complete: true, undelivered: {} });
    expect(box.stats().destinations.otel?.channels).toMatchObject({
      logs: { routed: 1, dropped: { no_provider: 1 } },
      metrics: { routed: 1, dropped: { no_provider: 1 } },
    });
  });

  test('shutdown() - a log pipeline that never takes anything is no loss either', async () => {
    logs.setGlobalLoggerProvider({
      getLogger: () => ({ emit: () => undefined, enabled: () => false }),
    } as never);
    const box = createSignalbox();
    box.emit(SENT);
    const end = watch(box.shutdown());
    await pass(1);
    expect(end.value).toEqual({ complete: true, undelivered: {} });
    expect(box.stats().destinations.otel?.channels.logs?.dropped).toEqual({ disabled: 1 });
  });

  test('shutdown() - what an SDK no longer takes that took it before is a loss', async () => {
    startOtel();
    const box = createSignalbox();
    box.emit(SENT);
    resetOtel();
    box.emit(SENT);
    box.emit(SENT);
    const end = watch(box.shutdown());
    await pass(1);
    expect(end.value).toEqual({ complete: false, undelivered: { otel: { no_provider: 2 } } });
  });

  test('shutdown() - a sink that names its drops as we name ours is heard', async () => {
    const box = createSignalbox({ destinations: { sink: () => ({ dropped: 'no_provider' }) } });
    box.emit(SENT);
    const end = watch(box.shutdown());
    await pass(1);
    expect(end.value).toEqual({ complete: false, undelivered: { sink: { no_provider: 1 } } });
  });
});
