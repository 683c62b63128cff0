import type { Signalbox, SinkFunction } from 'signalbox';
import { createSignalbox } from 'signalbox';
import { exporters } from 'signalbox/sdk';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { afterOthers, inTurn, isTurnOver, timed } from '../../src/delivery/event-loop-turn.js';
import type { ExportCallback } from '../../src/sdk/exporter-like.js';
import { resetOtel } from '../support/otel.js';

afterEach(resetOtel);

function spin(millis: number): void {
  const start = performance.now();
  while (performance.now() - start < millis);
}

/** How many calls there were at most between two turns of the loop, while something goes on. */
async function mostPerTurn(calls: () => number, work: Promise<unknown>): Promise<number> {
  let most = 0;
  let before = calls();
  let over = false;
  void work.finally(() => {
    over = true;
  });
  while (!over) {
    await new Promise<void>((done) => setImmediate(done));
    most = Math.max(most, calls() - before);
    before = calls();
  }
  return most;
}

function boxOf(sinks: number, sink: SinkFunction, emissions: number): Signalbox {
  const destinations = Object.fromEntries(Array.from({ length: sinks }, (_, i) => [`sink${i}`, sink]));
  const box: Signalbox = createSignalbox({ destinations });
  for (let i = 0; i < emissions; i++) box.info('one of many');
  return box;
}

describe('a turn', () => {
  const kinds: readonly (readonly [string, (spent: () => void) => SinkFunction])[] = [
    ['is synchronous', (spent) => () => spent()],
    ['is asynchronous in name only', (spent) => async () => spent()],
    [
      'works after an await that lets nobody run',
      (spent) => async () => {
        await null;
        spent();
      },
    ],
  ];

  test.each(kinds.flatMap(([kind, make]) => [1, 4].map((sinks) => [kind, sinks, make] as const)))(
    'a turn - of a sink that %s ends after 10 ms, of %d of them too',
    async (_kind, sinks, make) => {
      let called = 0;
      const box = boxOf(
        sinks,
        make(() => {
          called++;
          spin(1);
        }),
        100,
      );
      const most = await mostPerTurn(() => called, box.forceFlush({ timeoutMillis: 20_000 }));
      expect(called).toBe(sinks * 100);
      // A turn that has a millisecond left takes one call more of each that was begun.
      expect(most).toBeLessThanOrEqual(10 + sinks);
      await box.shutdown();
    },
  );

  test('a turn - of a shutdown leaves its deadline to be kept, and what waits is counted', async () => {
    let called = 0;
    const box = boxOf(
      1,
      () => {
        called++;
        spin(5);
      },
      5_000,
    );
    const start = performance.now();
    const { undelivered } = await box.shutdown({ timeoutMillis: 500 });
    expect(performance.now() - start).toBeLessThan(600);
    expect(undelivered).toEqual({ sink0: { shutdown: 5_000 - called } });
    expect(called).toBeGreaterThan(1);
  });

  test('a turn - lets what is asynchronous in name only go on beside sinks that use all of theirs up', async () => {
    let slow = 0;
    let quick = 0;
    const blocking: SinkFunction = () => {
      slow++;
      spin(12);
    };
    const box = createSignalbox({
      destinations: { a: blocking, quick: async () => void quick++, b: blocking },
    });
    for (let i = 0; i < 100; i++) box.info('one of many');
    await vi.waitFor(() => expect(quick).toBe(100));
    expect(slow).toBeLessThan(20);
    await box.shutdown({ timeoutMillis: 1 });
  });

  test('a turn - closes sinks one after the other where they take their time', async () => {
    let closed = 0;
    const sink: SinkFunction = () => undefined;
    const slow = (): SinkFunction =>
      Object.assign((...given: Parameters<SinkFunction>) => sink(...given), {
        close: () => {
          closed++;
          spin(12);
        },
      });
    const box = createSignalbox({ destinations: { a: slow(), b: slow(), c: slow(), d: slow() } });
    const most = await mostPerTurn(() => closed, box.shutdown());
    expect(closed).toBe(4);
    expect(most).toBe(1);
  });

  test('afterOthers() - gives all that wait one turn together, and what is left over the next', async () => {
    await inTurn(() => undefined);
    const order: string[] = [];
    const slow = (name: string) => (): void => {
      order.push(name);
      timed(() => spin(12));
    };
    afterOthers(slow('a'));
    afterOthers(slow('b'));
    setImmediate(() => order.push('others'));
    await vi.waitFor(() => expect(order).toHaveLength(3));
    expect(order).toEqual(['a', 'others', 'b']);
    await inTurn(() => undefined);
    expect(isTurnOver()).toBe(false);
  });

  test('afterOthers() - who is known to take long waits for a turn that is not half over, and others wait behind it', async () => {
    await inTurn(() => undefined);
    const order: string[] = [];
    const taking = (name: string, millis: number) => (): void => {
      order.push(name);
      timed(() => spin(millis));
    };
    afterOthers(taking('quick', 3));
    afterOthers(taking('long', 4), 4);
    afterOthers(taking('long too', 4), 4);
    afterOthers(taking('short', 0));
    setImmediate(() => {
      order.push('others');
      setImmediate(() => order.push('others'));
    });
    await vi.waitFor(() => expect(order).toHaveLength(6));
    expect(order).toEqual(['quick', 'others', 'long', 'others', 'long too', 'short']);
  });

  test('afterOthers() - who throws keeps nobody else from its turn', async () => {
    const thrown: unknown[] = [];
    const listeners = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    process.once('uncaughtException', (error) => thrown.push(error.message));
    const done = vi.fn();
    afterOthers(() => {
      throw new Error('no');
    });
    afterOthers(done);
    await vi.waitFor(() => expect(done).toHaveBeenCalledOnce());
    for (const listener of listeners) process.on('uncaughtException', listener);
    expect(thrown).toEqual(['no']);
  });
});

describe('a turn of exporters', () => {
  const OK = { code: 0 };

  /** Encodes for so long, and answers in a turn of its own. */
  function encoding(
    millis: number,
    called: () => void,
  ): { export: (_: unknown, done: ExportCallback) => void } {
    return {
      export: (_, done) => {
        called();
        spin(millis);
        setImmediate(() => done(OK));
      },
    };
  }

  test.each([
    [1, 1],
    [1, 4],
    [3, 1],
    [3, 4],
  ])(
    'a turn - has one batch that takes its time to be encoded: %d destinations, %d calls open at once',
    async (count, inFlight) => {
      let called = 0;
      let inThisTurn = 0;
      let most = 0;
      const call = (): void => {
        called++;
        most = Math.max(most, ++inThisTurn);
        // Of the turn that follows, before anything that this call leads to.
        if (inThisTurn === 1) setImmediate(() => (inThisTurn = 0));
      };
      const logs = { ...encoding(4, call), shutdown: async () => {} };
      const names = Array.from({ length: count }, (_, i) => `collector${i}`);
      const box: Signalbox = createSignalbox({
        destinations: Object.fromEntries(
          names.map((name) => [name, exporters({ logs, batch: { size: 10, inFlight } })]),
        ),
      });
      for (let i = 0; i < 100; i++) box.info('one of many');
      await box.forceFlush();
      expect(called).toBe(count * 10);
      expect(most).toBe(1);
      expect(Object.values(box.stats().destinations)).toEqual(
        expect.arrayContaining(
          names.map(() =>
            expect.objectContaining({
              channels: { logs: expect.objectContaining({ routed: 100, delivered: 100, queued: 0 }) },
            }),
          ),
        ),
      );
      await box.shutdown();
    },
  );
});

describe('timers that a test of the app stubs', () => {
  afterEach(() => void vi.useRealTimers());

  const all = [
    'setTimeout',
    'clearTimeout',
    'setInterval',
    'clearInterval',
    'setImmediate',
    'clearImmediate',
    'queueMicrotask',
    'Date',
    'performance',
  ] as const;

  test('shutdown() - settles at its deadline where nobody lets the stubbed time pass', async () => {
    const box: Signalbox = createSignalbox({
      destinations: { hanging: () => new Promise<void>(() => {}), quick: () => undefined },
    });
    vi.useFakeTimers({ toFake: [...all] });
    box.info('seen');
    expect(await box.shutdown({ timeoutMillis: 30 })).toEqual({
      complete: false,
      undelivered: { hanging: { failed: 1 } },
    });
    expect(box.stats().destinations.quick?.channels.sink).toMatchObject({ delivered: 1 });
  });

  test('forceFlush() - delivers all that waits there, beyond one turn', async () => {
    let called = 0;
    const box: Signalbox = createSignalbox({ destinations: { sink: () => void called++ } });
    vi.useFakeTimers({ toFake: [...all] });
    for (let i = 0; i < 1_200; i++) box.info('seen');
    await box.forceFlush();
    expect(called).toBe(1_200);
  });
});
