import type { Emission, Signalbox, SinkFunction } from 'signalbox';
import { createSignalbox, defineSignal, field, SignalboxError } from 'signalbox';
import { batched, sink } from 'signalbox/sinks';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Waiting } from '../delivery/helpers.js';
import { settle, waiting } from '../delivery/helpers.js';
import { onFullStack } from '../support/full-stack.js';
import { resetOtel } from '../support/otel.js';

afterEach(resetOtel);

const READ = defineSignal('FULL_READ', { fields: { n: field.int() } });

function slow(): { readonly fn: SinkFunction; readonly given: number[]; readonly answers: Waiting<void>[] } {
  const given: number[] = [];
  const answers: Waiting<void>[] = [];
  const fn = ({ fields }: Emission): Promise<void> => {
    given.push(fields.n as number);
    const answer = waiting();
    answers.push(answer);
    return answer.promise;
  };
  return { fn: Object.assign(fn, { durable: true }), given, answers };
}

const countsOf = (box: Signalbox): unknown => box.stats().destinations.audit?.channels.sink;

describe('sink(…, { whenFull })', () => {
  test("sink() - with 'dropOldest' lets the oldest that waits go, never what is in flight", async () => {
    const { fn, given, answers } = slow();
    const box = createSignalbox({
      destinations: { audit: sink(fn, { capacity: 3, whenFull: 'dropOldest' }) },
      routes: [{ signals: '*', to: 'audit' }],
    });
    box.emit(READ, { n: 0 });
    await vi.waitFor(() => expect(given).toHaveLength(1));
    for (const n of [1, 2, 3, 4]) box.emit(READ, { n });
    expect(countsOf(box)).toMatchObject({ routed: 5, dropped: { displaced: 2 }, queued: 3 });
    for (let i = 0; i < 3; i++) {
      await vi.waitFor(() => expect(answers.length).toBeGreaterThan(i));
      answers[i]?.resolve();
      await settle();
    }
    expect(given).toEqual([0, 3, 4]);
    expect(countsOf(box)).toMatchObject({ routed: 5, delivered: 3, dropped: { displaced: 2 }, queued: 0 });
  });

  test("sink() - with 'dropOldest' drops the newest where room can not be made", async () => {
    const { fn, given } = slow();
    const box = createSignalbox({
      destinations: { audit: sink(fn, { capacityBytes: 1_000, whenFull: 'dropOldest' }) },
    });
    box.emit(READ, { n: 0 });
    await vi.waitFor(() => expect(given).toHaveLength(1));
    box.emit(READ, { n: 1 });
    expect(countsOf(box)).toMatchObject({ routed: 2, dropped: { queue_bytes: 1 }, queued: 1 });
    await box.shutdown({ timeoutMillis: 1 });
  });

  test('emitDurably() - is told when its emission is displaced', async () => {
    const { fn, given, answers } = slow();
    const box = createSignalbox({
      destinations: { audit: sink(fn, { capacity: 2, whenFull: 'dropOldest' }) },
    });
    const first = box.emitDurably(READ, { n: 0 });
    await vi.waitFor(() => expect(given).toHaveLength(1));
    const second = box.emitDurably(READ, { n: 1 });
    box.emit(READ, { n: 2 });
    expect(await second).toEqual({ durable: false, by: [], missing: { audit: 'displaced' } });
    answers[0]?.resolve();
    expect(await first).toMatchObject({ durable: true });
    await box.shutdown({ timeoutMillis: 1 });
  });

  test("emitDurably() - with 'block' waits for room, while emit() does not", async () => {
    const { fn, given, answers } = slow();
    const box = createSignalbox({ destinations: { audit: sink(fn, { capacity: 1, whenFull: 'block' }) } });
    box.emit(READ, { n: 0 });
    await vi.waitFor(() => expect(given).toHaveLength(1));
    const waits = box.emitDurably(READ, { n: 1 });
    box.emit(READ, { n: 2 });
    expect(countsOf(box)).toMatchObject({ routed: 3, dropped: { queue_full: 1 }, queued: 2 });
    expect(box.stats().destinations.audit?.queue).toMatchObject({ size: 2, capacity: 1 });
    for (let i = 0; i < 2; i++) {
      await vi.waitFor(() => expect(answers.length).toBeGreaterThan(i));
      answers[i]?.resolve();
      await settle();
    }
    expect(await waits).toEqual({ durable: true, by: ['audit'], missing: {} });
    expect(given).toEqual([0, 1]);
  });

  test("emitDurably() - with 'block' that finds no room until its deadline is dropped, and says so", async () => {
    const { fn, given, answers } = slow();
    const box = createSignalbox({ destinations: { audit: sink(fn, { capacity: 1, whenFull: 'block' }) } });
    box.emit(READ, { n: 0 });
    await vi.waitFor(() => expect(given).toHaveLength(1));
    expect(await box.emitDurably(READ, { n: 1 }, { timeoutMillis: 1 })).toEqual({
      durable: false,
      by: [],
      missing: { audit: 'queue_full' },
    });
    expect(countsOf(box)).toMatchObject({ routed: 2, dropped: { queue_full: 1 }, queued: 1 });
    answers[0]?.resolve();
    await settle();
    expect(given).toEqual([0]);
    expect(countsOf(box)).toMatchObject({ routed: 2, delivered: 1, queued: 0 });
  });

  test("emitDurably() - with 'block' as many wait as the queue holds, and what waits at the shutdown is told", async () => {
    const { fn, given } = slow();
    const box = createSignalbox({ destinations: { audit: sink(fn, { capacity: 2, whenFull: 'block' }) } });
    const all = Promise.all([0, 1, 2, 3, 4].map((n) => box.emitDurably(READ, { n })));
    await vi.waitFor(() => expect(given).toHaveLength(1));
    await box.shutdown({ timeoutMillis: 1 });
    expect((await all).map(({ missing }) => missing.audit)).toEqual([
      'failed',
      'shutdown',
      'shutdown',
      'shutdown',
      'queue_full',
    ]);
    expect(countsOf(box)).toMatchObject({
      routed: 5,
      failed: 1,
      dropped: { shutdown: 3, queue_full: 1 },
      queued: 0,
    });
  });

  test("sink() - with 'dropOldest' near the end of the stack each emission has one outcome", async () => {
    let delivered = 0;
    const box = createSignalbox({
      destinations: { audit: sink(() => void delivered++, { capacity: 20, whenFull: 'dropOldest' }) },
      routes: [{ signals: '*', to: 'audit' }],
    });
    await onFullStack(() => box.emit(READ, { n: 1 }));
    await box.forceFlush();
    const { routed, failed, dropped, queued } = countsOf(box) as {
      routed: number;
      failed: number;
      queued: number;
      dropped: { displaced: number };
    };
    expect(dropped.displaced).toBeGreaterThan(100);
    expect(queued).toBe(0);
    expect(delivered + failed + Object.values(dropped).reduce((sum, n) => sum + n, 0)).toBe(routed);
  });

  test.each<[string, SinkFunction, number, number]>([
    ['a batch', batched(() => {}, { size: 100, ageMillis: 50 }), 10, 100],
    ['what a modifier wraps', Object.assign(() => {}, { inFlight: 4 }), 4, 4],
    ['one', () => {}, 1, 1],
  ])(
    "sink() - with 'dropOldest' refuses a capacity of no more than is in flight: %s",
    (_, fn, capacity, inFlight) => {
      expect(() => sink(fn, { capacity, timeoutMillis: 50, whenFull: 'dropOldest' })).toThrow(
        `sink: \`capacity\` is ${capacity}, and the sink takes ${inFlight} emissions in flight: \`whenFull: 'dropOldest'\` could make no room. Give it a capacity above ${inFlight}.`,
      );
      expect(() => sink(fn, { capacity: inFlight + 1, whenFull: 'dropOldest' })).not.toThrow();
    },
  );

  test('sink() - refuses what is no policy, and to block where nobody would wait', () => {
    expect(() => sink(() => {}, { whenFull: 'oldest' as never })).toThrow(SignalboxError);
    expect(() => sink(() => {}, { whenFull: 'oldest' as never })).toThrow(
      "sink: `whenFull` is 'oldest'. Use 'dropNewest', 'dropOldest' or 'block'.",
    );
    expect(() => sink(() => {}, { whenFull: 'block' })).toThrow(
      "sink: `whenFull` is 'block', and the sink is not durable",
    );
  });
});
