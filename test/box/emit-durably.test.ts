import { context } from '@opentelemetry/api';
import type { DurableOutcome, Emission, Signalbox, SinkFunction } from 'signalbox';
import { createSignalbox, defineSignal, field, when } from 'signalbox';
import { exporters } from 'signalbox/sdk';
import { filtered, sink } from 'signalbox/sinks';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Waiting } from '../delivery/helpers.js';
import { settle, waiting } from '../delivery/helpers.js';
import { onFullStack } from '../support/full-stack.js';
import { resetOtel } from '../support/otel.js';

afterEach(resetOtel);

const READ = defineSignal('DURABLE_READ', { fields: { n: field.int() } });

/** What a durable sink was given, and the answers that it owes. */
interface Durable {
  readonly sink: SinkFunction;
  readonly given: Emission[];
  readonly calls: unknown[][];
  readonly answers: Waiting<unknown>[];
}

/** A durable sink that answers when the test does. */
function durable(): Durable {
  const given: Emission[] = [];
  const calls: unknown[][] = [];
  const answers: Waiting<unknown>[] = [];
  const fn = (...args: Parameters<SinkFunction>): Promise<undefined> => {
    calls.push(args);
    given.push(args[0]);
    const answer = waiting<unknown>();
    answers.push(answer);
    return answer.promise as Promise<undefined>;
  };
  return { sink: Object.assign(fn, { durable: true }), given, calls, answers };
}

const synced = (): SinkFunction => Object.assign(async () => {}, { durable: true });
const sinkCounts = (box: Signalbox, name: string): unknown => box.stats().destinations[name]?.channels.sink;
/** Whether a promise has settled. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  const marker = {};
  await settle();
  return (await Promise.race([promise, Promise.resolve(marker)])) !== marker;
}

describe('emitDurably()', () => {
  test('emitDurably() - is durable when each durable destination that routes select has acknowledged', async () => {
    const [a, b] = [durable(), durable()];
    const box = createSignalbox({
      destinations: { a: a.sink, b: b.sink, c: synced() },
      routes: [{ signals: READ, to: ['a', 'b'] }],
    });
    const emitted = box.emitDurably(READ, { n: 1 });
    await vi.waitFor(() => expect([a.answers.length, b.answers.length]).toEqual([1, 1]));
    b.answers[0]?.resolve(undefined);
    expect(await isSettled(emitted)).toBe(false);
    a.answers[0]?.resolve(undefined);
    expect(await emitted).toEqual<DurableOutcome>({ durable: true, by: ['b', 'a'], missing: {} });
    expect(sinkCounts(box, 'c')).toMatchObject({ routed: 0 });
  });

  test('emitDurably() - gives the signal to all its destinations, as emit does, and waits for the durable ones alone', async () => {
    const printed: string[] = [];
    const exported: unknown[] = [];
    const hanging = vi.fn(() => new Promise<undefined>(() => {}));
    const box = createSignalbox({
      destinations: {
        audit: synced(),
        console: ({ message }) => void printed.push(message),
        hanging,
        collector: exporters({
          logs: {
            export: (logs, done) => {
              exported.push(...logs);
              done({ code: 0 });
            },
            shutdown: async () => {},
          },
        }),
      },
    });
    const options = {
      message: 'read it',
      severity: 'warn',
      timestamp: Date.UTC(2024, 1, 1),
      timeoutMillis: 60_000,
    } as const;
    expect(await box.emitDurably(READ, { n: 7 }, options)).toEqual({
      durable: true,
      by: ['audit'],
      missing: {},
    });
    await settle();
    expect(printed).toEqual(['read it']);
    expect(hanging.mock.calls[0]).toMatchObject([
      { severity: 'warn', timestamp: options.timestamp, fields: { n: 7 } },
      {},
    ]);
    await box.shutdown({ timeoutMillis: 500 });
    expect(exported).toHaveLength(1);
    expect(box.stats()).toMatchObject({ emitted: 1 });
  });

  test('emitDurably() - has emitted before it returns, in the context of the caller', async () => {
    const { sink: audit, given, answers } = durable();
    const box = createSignalbox({ destinations: { audit } });
    const fields = { n: 1 };
    const emitted = box.emitDurably(READ, fields);
    fields.n = 2;
    expect(box.stats().emitted).toBe(1);
    await vi.waitFor(() => expect(given).toHaveLength(1));
    expect(given[0]?.fields).toEqual({ n: 1 });
    answers[0]?.resolve(undefined);
    await emitted;
    expect(context.active()).toBeDefined();
  });

  test('emitDurably() - shows the sink nothing but the emission and the call', async () => {
    const { sink: audit, calls, answers } = durable();
    const box = createSignalbox({ destinations: { audit } });
    const emitted = box.emitDurably(READ, { n: 1 });
    box.emit(READ, { n: 1 });
    await vi.waitFor(() => expect(calls).toHaveLength(1));
    answers[0]?.resolve(undefined);
    await emitted;
    await vi.waitFor(() => expect(calls).toHaveLength(2));
    const [waited, plain] = calls as [[Emission, object], [Emission, object]];
    expect(waited).toHaveLength(2);
    expect(Object.keys(waited[0])).toEqual(Object.keys(plain[0]));
    expect(Reflect.ownKeys(waited[1])).toEqual(Reflect.ownKeys(plain[1]));
  });

  test.each<[string, SinkFunction, string]>([
    [
      'that throws',
      () => {
        throw new Error('no');
      },
      'failed',
    ],
    ['that rejects', () => Promise.reject(new Error('no')), 'failed'],
    ['that drops', () => ({ dropped: 'too_old' }), 'too_old'],
    ['that drops for no reason', () => ({ dropped: '' }), 'unspecified'],
    [
      'behind a filter',
      filtered(
        () => {},
        () => false,
      ),
      'filtered',
    ],
  ])('emitDurably() - tells why of a durable sink %s', async (_, fn, reason) => {
    const box = createSignalbox({
      destinations: { audit: Object.assign(fn, { durable: true }), other: synced() },
      routes: [{ signals: '*', to: ['audit', 'other'] }],
    });
    expect(await box.emitDurably(READ, { n: 1 })).toEqual({
      durable: false,
      by: ['other'],
      missing: { audit: reason },
    });
  });

  test('emitDurably() - at the deadline answers `deadline`, and a late acknowledgement is delivered all the same', async () => {
    const { sink: audit, answers } = durable();
    const box = createSignalbox({ destinations: { audit } });
    const outcome = await box.emitDurably(READ, { n: 1 }, { timeoutMillis: 1 });
    expect(outcome).toEqual({ durable: false, by: [], missing: { audit: 'deadline' } });
    expect(sinkCounts(box, 'audit')).toMatchObject({ routed: 1, queued: 1, failed: 0 });
    await vi.waitFor(() => expect(answers).toHaveLength(1));
    answers[0]?.resolve(undefined);
    await settle();
    expect(sinkCounts(box, 'audit')).toMatchObject({ routed: 1, delivered: 1, queued: 0, failed: 0 });
    expect(outcome).toEqual({ durable: false, by: [], missing: { audit: 'deadline' } });
  });

  test('emitDurably() - counts to the bytes of a queue what waiting for it takes', () => {
    const hanging = Object.assign(() => new Promise<undefined>(() => {}), { durable: true });
    const box = createSignalbox({ destinations: { audit: hanging } });
    const bytes = (): number => box.stats().destinations.audit?.queue?.bytes ?? 0;
    box.emit(READ, { n: 1 });
    const plain = bytes();
    void box.emitDurably(READ, { n: 1 }, { timeoutMillis: 1 });
    expect(bytes() - plain).toBeGreaterThan(plain + 4_000);
  });

  test('emitDurably() - tells of a full queue at once', async () => {
    const { sink: audit, answers } = durable();
    const box = createSignalbox({
      destinations: { audit: sink(audit, { capacity: 1 }), bytes: sink(synced(), { capacityBytes: 1 }) },
    });
    const first = box.emitDurably(READ, { n: 1 });
    expect(await box.emitDurably(READ, { n: 2 }, { timeoutMillis: 60_000 })).toEqual({
      durable: false,
      by: [],
      missing: { audit: 'queue_full', bytes: 'queue_bytes' },
    });
    await vi.waitFor(() => expect(answers).toHaveLength(1));
    answers[0]?.resolve(undefined);
    expect(await first).toMatchObject({ by: ['audit'] });
  });

  test.each<[string, (box: Signalbox) => unknown, string]>([
    ['no route takes', () => {}, 'no_durable_destination'],
    ['a closed box is given', (box) => box.shutdown(), 'closed'],
    ['a disabled box is given', (box) => box.disable(), 'disabled'],
  ])('emitDurably() - tells of a signal that %s', async (_, before, reason) => {
    const box = createSignalbox({
      destinations: { audit: synced() },
      routes: [{ signals: defineSignal('DURABLE_OTHER'), to: 'audit' }],
    });
    await before(box);
    expect(await box.emitDurably(READ, { n: 1 })).toEqual({
      durable: false,
      by: [],
      missing: { '*': reason },
    });
  });

  test('emitDurably() - says so where no destination that is selected is durable', async () => {
    const box = createSignalbox({
      destinations: { audit: synced(), console: () => {} },
      routes: [
        { signals: '*', to: 'console' },
        { signals: when(READ, ({ n }) => n > 10), to: 'audit' },
      ],
    });
    const none = { durable: false, by: [], missing: { '*': 'no_durable_destination' } };
    expect(await box.emitDurably(READ, { n: 1 })).toEqual(none);
    expect(await box.emitDurably(READ, { n: 11 })).toEqual({ durable: true, by: ['audit'], missing: {} });
    expect(await createSignalbox().emitDurably(READ, { n: 1 })).toEqual(none);
  });

  test('emitDurably() - takes a condition that throws for one that does not hold: who else is selected decides', async () => {
    const throwing = when(READ, () => {
      throw new Error('no');
    });
    const box = createSignalbox({
      destinations: { audit: synced(), ledger: synced() },
      routes: [
        { signals: READ, to: 'audit' },
        { signals: throwing, to: 'ledger' },
      ],
    });
    expect(await box.emitDurably(READ, { n: 1 })).toEqual({ durable: true, by: ['audit'], missing: {} });
  });

  test('emitDurably() - tells of a signal that is refused', async () => {
    const box = createSignalbox({ destinations: { audit: synced() }, signals: [READ] });
    const other = defineSignal('DURABLE_READ', { fields: { name: field.string() } });
    expect(await box.emitDurably(other, { name: 'x' })).toEqual({
      durable: false,
      by: [],
      missing: { '*': 'conflict' },
    });
    expect(await box.emitDurably(undefined as never)).toMatchObject({
      durable: false,
      missing: { '*': expect.any(String) },
    });
  });

  test('emitDurably() - tells of emits within emits that went too deep', async () => {
    const deep: DurableOutcome[] = [];
    const box = createSignalbox({
      destinations: { audit: synced() },
      routes: [
        {
          signals: when(READ, ({ n }) => {
            void box.emitDurably(READ, { n: n + 1 }).then((outcome) => deep.push(outcome));
            return true;
          }),
          to: 'audit',
        },
      ],
      limits: { emitDepth: 2 },
    });
    await box.emitDurably(READ, { n: 0 });
    await settle();
    expect(deep).toContainEqual({ durable: false, by: [], missing: { '*': 'depth' } });
  });

  test('emitDurably() - within a call of the durable sink answers `reentrant`', async () => {
    let inner: DurableOutcome | undefined;
    const audit: SinkFunction = Object.assign(
      async () => {
        inner ??= await box.emitDurably(READ, { n: 2 });
      },
      { durable: true },
    );
    const box: Signalbox = createSignalbox({ destinations: { audit } });
    const outer = await box.emitDurably(READ, { n: 1 });
    expect(outer).toMatchObject({ durable: true });
    expect(inner).toEqual({ durable: false, by: [], missing: { audit: 'reentrant' } });
  });

  test('emitDurably() - is told at a shutdown what waits as `shutdown` and what is in flight as `failed`', async () => {
    const { sink: audit, given } = durable();
    const box = createSignalbox({ destinations: { audit } });
    const both = Promise.all([1, 2].map((n) => box.emitDurably(READ, { n }, { timeoutMillis: 60_000 })));
    await vi.waitFor(() => expect(given).toHaveLength(1));
    await box.shutdown({ timeoutMillis: 1 });
    expect((await both).map(({ missing }) => missing)).toEqual([{ audit: 'failed' }, { audit: 'shutdown' }]);
  });

  test('emitDurably() - does not reject, whatever it is given', async () => {
    const hostile = new Proxy(
      {},
      {
        get: () => {
          throw new Error('no');
        },
        has: () => {
          throw new Error('no');
        },
        ownKeys: () => {
          throw new Error('no');
        },
      },
    );
    const box = createSignalbox({
      destinations: { audit: synced() },
      routes: [{ signals: '*', to: 'audit' }],
    });
    const emitDurably = box.emitDurably as (...args: unknown[]) => Promise<DurableOutcome>;
    const given: unknown[][] = [
      [READ, { n: 1 }, hostile],
      [READ, hostile],
      [READ, null, null],
      [READ, { n: 1 }, 'soon'],
      [READ, { n: 1 }, { timeoutMillis: Number.NaN }],
      [READ, { n: 1 }, { timeoutMillis: 'x' }],
      [READ, { n: 1 }, { timeoutMillis: Number.POSITIVE_INFINITY }],
      [hostile],
      [],
    ];
    for (const args of given) expect(typeof (await emitDurably(...args)).durable).toBe('boolean');
    expect(await emitDurably(...(given[0] as unknown[]))).toMatchObject({ durable: true });
  });

  test('emitDurably() - leaves no timer behind', async () => {
    const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
    const box = createSignalbox({ destinations: { audit: synced() } });
    const before = timers();
    await box.emitDurably(READ, { n: 1 }, { timeoutMillis: 60_000 });
    expect(timers()).toBe(before);
  });

  test('emitDurably() - answers `error` where there is no stack left to emit by', async () => {
    const box = createSignalbox({ destinations: { audit: synced() } });
    vi.spyOn(Promise.prototype, 'then').mockImplementationOnce(() => {
      throw new RangeError('Maximum call stack size exceeded');
    });
    let answer: Promise<DurableOutcome> | undefined;
    try {
      answer = box.emitDurably(READ, { n: 1 });
    } finally {
      vi.restoreAllMocks();
    }
    expect(await answer).toEqual({ durable: false, by: [], missing: { '*': 'error' } });
    expect(box.stats()).toMatchObject({ emitted: 0, refused: { error: 1 } });
  });

  test('emitDurably() - near the end of the stack throws at once or answers, and rejects never', async () => {
    const box = createSignalbox({
      destinations: { audit: synced() },
      routes: [{ signals: '*', to: 'audit' }],
    });
    const answers: Promise<DurableOutcome>[] = [];
    let threw = 0;
    await onFullStack(() => {
      let thrown = true;
      try {
        answers[answers.length] = box.emitDurably(READ, { n: 1 }, { timeoutMillis: 100 });
        thrown = false;
      } finally {
        if (thrown) threw++;
      }
    });
    const settled = await Promise.allSettled(answers);
    expect(settled.map(({ status }) => status)).not.toContain('rejected');
    expect(settled.length).toBeGreaterThan(100);
    expect(threw).toBeGreaterThan(0);
    await box.forceFlush();
    expect(sinkCounts(box, 'audit')).toMatchObject({ queued: 0 });
  });
});

describe('emit()', () => {
  test('emit() - takes three arguments, whatever it is given, and answers nothing', async () => {
    const box = createSignalbox({ destinations: { audit: synced() } });
    const more = new Proxy(
      {},
      {
        get: () => {
          throw new Error('no');
        },
        set: () => {
          throw new Error('no');
        },
      },
    );
    const emit = box.emit as (...args: unknown[]) => unknown;
    expect(emit(READ, { n: 1 }, {}, more)).toBeUndefined();
    await box.forceFlush();
    expect(box.stats()).toMatchObject({ emitted: 1, refused: {} });
    expect(sinkCounts(box, 'audit')).toMatchObject({ delivered: 1 });
  });
});

describe('a durable sink', () => {
  test.each(['yes', 1, null])('createSignalbox() - refuses a sink whose `durable` is %o', (value) => {
    const audit = Object.assign(() => {}, { durable: value as never }) as SinkFunction;
    expect(() => createSignalbox({ destinations: { audit } })).toThrow(
      /`durable` of the sink is .+\. Use true or false\.$/,
    );
  });
});
