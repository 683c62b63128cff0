import { describe, expect, test } from 'vitest';
import type { How } from '../../src/delivery/destination.js';
import type { SinkFunction } from '../../src/delivery/sink-function.js';
import { connectSink } from '../../src/delivery/sink-port.js';
import { noUnhandledRejections } from '../promises/rejections.js';
import type { Waiting } from './helpers.js';
import { connectionOf, deadline, numbered, settle, waiting } from './helpers.js';

noUnhandledRejections();

/** A sink that holds back what it is given until it is flushed, and notes how much each flush brought out. */
function holding(
  inFlight: number,
  onFlush: () => unknown = () => undefined,
): { sink: SinkFunction; flushed: number[] } {
  const held: Waiting<undefined>[] = [];
  const flushed: number[] = [];
  const sink = Object.assign(
    () => {
      const answer = waiting<undefined>();
      held.push(answer);
      return answer.promise;
    },
    {
      inFlight,
      flush: () => {
        flushed.push(held.length);
        for (const { resolve } of held.splice(0)) resolve(undefined);
        return onFlush() as undefined;
      },
    },
  );
  return { sink, flushed };
}

describe('a sink that holds back', () => {
  test.each(['forceFlush', 'shutdown'] as const)(
    '%s() - brings out what it holds, once it was given all',
    async (how) => {
      const { sink, flushed } = holding(10);
      const connection = connectionOf();
      const port = connectSink(sink, {}, connection);
      for (const emission of numbered(4)) port.accept?.(emission);
      await settle();
      expect(flushed).toEqual([]);
      await port[how](deadline());
      expect(flushed).toEqual([4]);
      expect(connection.sinkAccount.counts()).toMatchObject({ delivered: 4, queued: 0 });
      expect(port.holdsBack).toBe(true);
    },
  );

  test('forceFlush() - brings out again what comes of emissions that waited in the queue', async () => {
    let held: Waiting<undefined>[] = [];
    const flushed: number[] = [];
    const leave = (): void => {
      const leaving = held;
      held = [];
      for (const { resolve } of leaving) resolve(undefined);
    };
    // As a batch of three: full it leaves by itself.
    const sink: SinkFunction = Object.assign(
      () => {
        const answer = waiting<undefined>();
        held.push(answer);
        if (held.length === 3) leave();
        return answer.promise;
      },
      {
        inFlight: 3,
        flush: () => {
          flushed.push(held.length);
          leave();
        },
      },
    );
    const connection = connectionOf();
    const port = connectSink(sink, {}, connection);
    for (const emission of numbered(8)) port.accept?.(emission);
    await port.forceFlush(deadline());
    expect(connection.sinkAccount.counts()).toMatchObject({ delivered: 8, queued: 0 });
    expect(flushed.filter((n) => n > 0)).toEqual([2]);
  });

  test('forceFlush() - a flush that throws is told, and one that rejects is nobody’s end', async () => {
    const thrown = holding(1, () => {
      throw new Error('no paper');
    });
    const connection = connectionOf();
    const port = connectSink(thrown.sink, {}, connection);
    for (const emission of numbered(1)) port.accept?.(emission);
    await port.forceFlush(deadline());
    expect(connection.reports).toMatchObject([
      { key: 'alerts flush', message: "destination 'alerts': its sink could not be flushed" },
    ]);
    const rejected = holding(1, async () => Promise.reject(new Error('later')));
    const other = connectSink(rejected.sink, {}, connectionOf());
    for (const emission of numbered(1)) other.accept?.(emission);
    await other.forceFlush(deadline());
    expect(rejected.flushed).toEqual([1]);
  });

  test('accept() - a sink that says so is called untraced', async () => {
    const hows: unknown[] = [];
    const connection = connectionOf();
    const { inside } = connection;
    const watching = {
      ...connection,
      inside: <T>(fn: () => T, how?: How | 'untraced'): T => {
        hows.push((how as How).untraced);
        return inside(fn, how);
      },
    };
    const plain = connectSink(() => {}, {}, watching);
    const untraced = connectSink(
      Object.assign(() => {}, { untraced: true }),
      {},
      watching,
    );
    for (const port of [plain, untraced]) for (const emission of numbered(1)) port.accept?.(emission);
    await settle();
    expect(hows).toEqual([undefined, true]);
    expect(plain.holdsBack).toBe(false);
  });
});
