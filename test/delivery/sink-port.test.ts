import { describe, expect, test, vi } from 'vitest';
import type { Port } from '../../src/delivery/destination.js';
import type { SinkCall, SinkFunction } from '../../src/delivery/sink-function.js';
import { connectSink, sinkDestination } from '../../src/delivery/sink-port.js';
import type { Emission } from '../../src/emission/emission.js';
import { SignalboxError } from '../../src/signal/signalbox-error.js';
import { retrying } from '../../src/sinks/modifiers/retrying.js';
import { sink } from '../../src/sinks/sink.js';
import { onFullStack } from '../support/full-stack.js';
import type { TestConnection } from './helpers.js';
import {
  connectionOf,
  deadline,
  emissionOf,
  numbered,
  passed,
  revoked,
  settle,
  thenable,
  waiting,
} from './helpers.js';

interface Setup {
  readonly port: Port;
  readonly connection: TestConnection;
  give(...emissions: readonly Emission[]): void;
  counts(): ReturnType<TestConnection['sinkAccount']['counts']>;
}

function setUp(fn: SinkFunction, capacity?: number): Setup {
  const connection = connectionOf();
  const port = connectSink(fn, { capacity }, connection);
  return {
    port,
    connection,
    counts: () => connection.sinkAccount.counts(),
    give: (...emissions) => {
      for (const emission of emissions) {
        port.accept?.(emission);
      }
    },
  };
}

function unreadable(): never {
  throw new Error('no peeking');
}

describe('accept()', () => {
  test('accept() - calls the sink later, inside the connection, with the emission and a signal', async () => {
    const seen: unknown[] = [];
    const { port, connection, give, counts } = setUp((emission, call) => {
      seen.push(emission, call.signal.aborted, connection.isInside());
    });
    const emission = emissionOf();
    give(emission);
    expect(seen).toEqual([]);
    expect(port.queue?.()).toMatchObject({ size: 1, capacity: 16_384 });
    await Promise.resolve();
    expect(seen).toEqual([emission, false, true]);
    expect(counts()).toMatchObject({ routed: 1, delivered: 1, queued: 0 });
  });

  test('accept() - calls the sink as a plain function', async () => {
    let receiver: unknown = 'not called';
    const { give } = setUp(function (this: unknown) {
      receiver = this;
    });
    give(emissionOf());
    await settle();
    expect(receiver).toBeUndefined();
  });

  test('accept() - gives one emission at a time, in order', async () => {
    const answers = [waiting(), waiting(), waiting()];
    const called: string[] = [];
    const { give, counts } = setUp(({ message }) => {
      called.push(message);
      return answers[Number(message)]?.promise;
    });
    give(...numbered(3));
    await settle();
    expect(called).toEqual(['0']);
    answers[0]?.resolve();
    await settle();
    expect(called).toEqual(['0', '1']);
    expect(counts()).toMatchObject({ delivered: 1, queued: 2 });
    answers[1]?.resolve();
    answers[2]?.resolve();
    await settle();
    expect(called).toEqual(['0', '1', '2']);
    expect(counts()).toMatchObject({ delivered: 3, queued: 0 });
  });

  test('accept() - empties the queue of a synchronous sink in one go, then lets others run after 512', async () => {
    const sink = vi.fn();
    const { give } = setUp(sink);
    give(...numbered(1_000));
    await Promise.resolve();
    expect(sink).toHaveBeenCalledTimes(512);
    await new Promise<void>((done) => setImmediate(done));
    expect(sink).toHaveBeenCalledTimes(1_000);
    expect(sink.mock.calls.map(([emission]) => Number(emission.message))).toEqual(
      Array.from({ length: 1_000 }, (_, i) => i),
    );
  });

  test('accept() - lets timers run between the answers of a sink that is asynchronous in name only', async () => {
    let called = 0;
    const { give } = setUp(async () => {
      called++;
    });
    give(...numbered(2_000));
    await new Promise<void>((done) => setImmediate(done));
    expect(called).toBeGreaterThan(0);
    expect(called).toBeLessThan(2_000);
    await vi.waitFor(() => expect(called).toBe(2_000));
  });

  test('accept() - takes what the sink itself brings about behind what waits', async () => {
    const called: string[] = [];
    const setup = setUp(({ message }) => {
      called.push(message);
      if (message === '0') setup.give(emissionOf(undefined, {}, { message: 'again' }));
    });
    setup.give(...numbered(2));
    await settle();
    expect(called).toEqual(['0', '1', 'again']);
    expect(setup.counts()).toMatchObject({ routed: 3, delivered: 3 });
  });

  test('accept() - counts what a full queue can not take, and reports it', async () => {
    const answer = waiting();
    const { give, counts, connection, port } = setUp(() => answer.promise, 2);
    give(...numbered(5));
    await settle();
    expect(counts()).toMatchObject({ routed: 5, dropped: { queue_full: 3 }, queued: 2 });
    expect(port.queue?.()).toMatchObject({ size: 2, capacity: 2 });
    expect(connection.reports).toHaveLength(3);
    expect(new Set(connection.reports.map(({ key }) => key))).toEqual(new Set(['alerts queue_full']));
    expect(connection.reports[0]?.message).toBe(
      "destination 'alerts': its queue of 2 is full; the box drops emissions and counts them as queue_full",
    );
    answer.resolve();
    await settle();
    expect(counts()).toMatchObject({ delivered: 2, queued: 0 });
    give(emissionOf());
    await settle();
    expect(counts()).toMatchObject({ delivered: 3 });
  });
});

describe('lost()', () => {
  test('lost() - is told of each emission that the queue dropped, inside the connection, and of none that the sink dropped', async () => {
    const answer = waiting();
    const lost = vi.fn();
    const fn = Object.assign(() => answer.promise.then(() => ({ dropped: 'own' })), { lost });
    const { give, counts, port } = setUp(fn, 2);
    give(...numbered(4));
    expect(lost.mock.calls).toEqual([
      ['queue_full', 1],
      ['queue_full', 1],
    ]);
    answer.resolve();
    await port.shutdown(deadline());
    give(emissionOf());
    expect(lost.mock.calls.slice(2)).toEqual([['closed', 1]]);
    expect(counts()).toMatchObject({ dropped: { queue_full: 2, own: 2, closed: 1 } });
  });

  test('lost() - is told how many waited at the deadline of the shutdown, before the sink is closed', async () => {
    const told: string[] = [];
    const fn = Object.assign(() => waiting().promise, {
      lost: (reason: string, count: number) => void told.push(`${count} ${reason}`),
      close: () => void told.push('closed'),
    });
    const { give, port } = setUp(fn);
    give(...numbered(5));
    await settle();
    const limit = deadline();
    const ended = port.shutdown(limit);
    limit.pass();
    await ended;
    expect(told).toEqual(['4 shutdown', 'closed']);
  });

  test('lost() - that throws is reported, and the drop is counted', () => {
    const fn = Object.assign(() => waiting().promise, {
      lost: () => {
        throw new Error('no room');
      },
    });
    const { give, counts, connection } = setUp(fn, 1);
    give(...numbered(2));
    expect(counts()).toMatchObject({ dropped: { queue_full: 1 }, queued: 1 });
    expect(connection.reports.map(({ key }) => key)).toEqual(['alerts lost', 'alerts queue_full']);
  });
});

describe('a stack that is full', () => {
  test('accept() - that finds no stack left takes the emission, counts it or throws: one of them, and the sink lives on', async () => {
    let called = 0;
    const { port, give, counts } = setUp(() => void called++, 300);
    let tried = 0;
    let thrown = 0;
    const emission = emissionOf();
    await onFullStack(() => {
      let threw = true;
      try {
        port.accept?.(emission);
        threw = false;
      } finally {
        tried++;
        if (threw) thrown++;
      }
    });
    expect(thrown).toBeGreaterThan(0);
    expect(counts().queued).toBe(port.queue?.().size);
    expect(counts().dropped.queue_full).toBeGreaterThan(0);
    await settle();
    expect(counts()).toMatchObject({ delivered: called, queued: 0 });
    expect(called).toBeGreaterThan(1);
    give(emission);
    await settle();
    expect(counts()).toMatchObject({ routed: tried - thrown + 1, delivered: called, queued: 0 });
  });

  test.each([
    ['the next emission', (setup: Setup) => setup.give(emissionOf())],
    ['a flush', (setup: Setup) => setup.port.forceFlush(deadline())],
    ['the shutdown', (setup: Setup) => setup.port.shutdown(deadline())],
  ])('accept() - what could not be seen to for want of stack waits for %s', async (_, next) => {
    const sink = vi.fn();
    const setup = setUp(sink);
    const full = vi.spyOn(globalThis, 'queueMicrotask').mockImplementationOnce(() => {
      throw new RangeError('Maximum call stack size exceeded');
    });
    setup.give(emissionOf());
    full.mockRestore();
    expect(setup.counts()).toMatchObject({ routed: 1, failed: 0, queued: 1 });
    await next(setup);
    await settle();
    expect(sink).toHaveBeenCalled();
    expect(setup.counts()).toMatchObject({ delivered: sink.mock.calls.length, queued: 0 });
  });
});

describe('outcomes', () => {
  const error = new Error('the disk is full');
  const cases: readonly (readonly [string, SinkFunction])[] = [
    [
      'throws',
      () => {
        throw error;
      },
    ],
    ['rejects', () => Promise.reject(error)],
    [
      'answers a thenable that throws',
      () =>
        thenable(() => {
          throw error;
        }),
    ],
  ];

  test.each(cases)('outcomes - a sink that %s has failed, is reported, and goes on', async (_, fn) => {
    let calls = 0;
    const { give, counts, connection } = setUp((emission, call) =>
      ++calls === 1 ? fn(emission, call) : undefined,
    );
    give(...numbered(2));
    await settle();
    expect(counts()).toMatchObject({ failed: 1, delivered: 1, queued: 0 });
    expect(connection.reports).toEqual([
      { key: 'alerts failed', message: "destination 'alerts': its sink failed", error },
    ]);
  });

  const unreadableAnswers: readonly (readonly [string, () => unknown])[] = [
    ['a revoked proxy', revoked],
    ['an object whose `then` can not be read', () => Object.defineProperty({}, 'then', { get: unreadable })],
    ['a promise that rejects with a revoked proxy', () => Promise.reject(revoked())],
    [
      'an object whose `dropped` can not be read',
      () => Object.defineProperty({}, 'dropped', { get: unreadable }),
    ],
    [
      'a promise whose constructor throws',
      () => Object.defineProperty(Promise.resolve(), 'constructor', { get: unreadable }),
    ],
  ];

  test.each(unreadableAnswers)(
    'outcomes - a sink that answers %s has failed, and nothing is thrown',
    async (_, answer) => {
      const { give, counts } = setUp(() => answer() as never);
      give(...numbered(2));
      await settle();
      expect(counts()).toMatchObject({ failed: 2, delivered: 0, queued: 0 });
    },
  );

  const answers: readonly (readonly [unknown, Record<string, number>])[] = [
    [{ dropped: 'filtered' }, { filtered: 2 }],
    [{ dropped: '' }, { unspecified: 2 }],
    [{ dropped: true }, { unspecified: 2 }],
    [{ dropped: 'x'.repeat(1_000) }, { ['x'.repeat(64)]: 2 }],
    [{ dropped: '__proto__' }, Object.fromEntries([['__proto__', 2]])],
  ];

  test.each(answers)(
    'outcomes - the answer %o is counted as dropped, at once or later',
    async (answer, dropped) => {
      const ways = [() => answer, async () => answer];
      const { give, counts, connection } = setUp((() => ways.shift()?.()) as SinkFunction);
      give(...numbered(2));
      await settle();
      expect(counts().dropped).toEqual(dropped);
      expect(counts()).toMatchObject({ routed: 2, delivered: 0, failed: 0, queued: 0 });
      expect(connection.reports).toEqual([]);
    },
  );

  test.each([
    undefined,
    null,
    false,
    0,
    'dropped',
    12n,
    {},
    { dropped: undefined },
    { dropped: false },
    () => {},
  ])('outcomes - the answer %o means delivered', async (answer) => {
    const { give, counts } = setUp(() => answer as undefined);
    give(emissionOf());
    await settle();
    expect(counts()).toMatchObject({ delivered: 1, failed: 0, dropped: {} });
  });

  test('outcomes - a thenable that answers twice counts once', async () => {
    const { give, counts } = setUp(() =>
      thenable((yes, no) => {
        yes();
        yes();
        no(error);
        throw error;
      }),
    );
    give(...numbered(3));
    await settle();
    expect(counts()).toMatchObject({ delivered: 3, failed: 0, queued: 0 });
  });

  test('outcomes - a context manager that throws makes a failed outcome and no exception', async () => {
    const connection = connectionOf();
    const sink = vi.fn();
    const broken = {
      ...connection,
      inside: (): never => {
        throw error;
      },
    };
    const port = connectSink(sink, {}, broken);
    port.accept?.(emissionOf());
    await settle();
    await port.shutdown(passed());
    expect(connection.sinkAccount.counts()).toMatchObject({ failed: 1, queued: 0 });
    expect(sink).not.toHaveBeenCalled();
  });
});

describe('forceFlush()', () => {
  test('forceFlush() - is done at once when nothing waits', async () => {
    const { port } = setUp(() => {});
    await expect(port.forceFlush(deadline())).resolves.toBeUndefined();
  });

  test('forceFlush() - waits for what was accepted before and not for what comes after', async () => {
    const answers = [waiting(), waiting(), waiting()];
    const { port, give } = setUp(({ message }) => answers[Number(message)]?.promise);
    const [first, second, third] = numbered(3) as [Emission, Emission, Emission];
    give(first, second);
    let done = false;
    const flushed = port.forceFlush(deadline()).then(() => {
      done = true;
    });
    give(third);
    answers[0]?.resolve();
    await settle();
    expect(done).toBe(false);
    answers[1]?.reject(new Error('no'));
    await flushed;
    expect(port.queue?.().size).toBe(1);
  });

  test('forceFlush() - ends at its deadline and takes nothing from the queue', async () => {
    const { port, give, counts } = setUp(() => new Promise(() => {}));
    give(...numbered(3));
    const limit = deadline();
    const flushed = port.forceFlush(limit);
    await settle();
    limit.pass();
    await flushed;
    await port.forceFlush(passed());
    expect(counts()).toMatchObject({ queued: 3, failed: 0, dropped: {} });
  });

  test('forceFlush() - leaves no listener on the deadline behind', async () => {
    const answer = waiting();
    const { port, give } = setUp(() => answer.promise);
    give(emissionOf());
    const limit = deadline();
    const added = vi.spyOn(limit.signal, 'addEventListener');
    const removed = vi.spyOn(limit.signal, 'removeEventListener');
    const flushed = port.forceFlush(limit);
    answer.resolve();
    await flushed;
    expect(added).toHaveBeenCalledOnce();
    expect(removed.mock.calls.map(([, listener]) => listener)).toContain(added.mock.calls[0]?.[1]);
  });
});

describe('shutdown()', () => {
  test('shutdown() - waits for outcomes, closes the sink inside the connection, then counts `closed`', async () => {
    const answer = waiting();
    const order: string[] = [];
    const fn: SinkFunction = Object.assign(() => answer.promise, {
      close: async () => {
        order.push(`close, inside: ${connection.isInside()}`);
      },
    });
    const { port, give, counts, connection } = setUp(fn);
    give(...numbered(2));
    const ended = port.shutdown(deadline()).then(() => order.push('ended'));
    give(emissionOf());
    expect(counts()).toMatchObject({ dropped: { closed: 1 } });
    await settle();
    expect(order).toEqual([]);
    answer.resolve();
    await ended;
    expect(order).toEqual(['close, inside: true', 'ended']);
    give(emissionOf());
    expect(counts()).toMatchObject({ routed: 4, delivered: 2, dropped: { closed: 2 }, queued: 0 });
  });

  test('shutdown() - at the deadline what is in flight has failed and the rest is dropped', async () => {
    const answer = waiting();
    const calls: SinkCall[] = [];
    const { port, give, counts, connection } = setUp((_, call) => {
      calls.push(call);
      return answer.promise;
    });
    give(...numbered(5));
    await settle();
    expect(calls[0]?.signal.aborted).toBe(false);
    const limit = deadline();
    const ended = port.shutdown(limit);
    limit.pass();
    await ended;
    const atTheEnd = counts();
    expect(atTheEnd).toMatchObject({
      routed: 5,
      delivered: 0,
      failed: 1,
      dropped: { shutdown: 4 },
      queued: 0,
    });
    expect(calls[0]?.signal.aborted).toBe(true);
    expect(connection.reports.at(-1)?.message).toBe(
      "destination 'alerts': 5 of its emissions had no outcome when the shutdown deadline came",
    );
    answer.resolve();
    await settle();
    expect(counts()).toEqual(atTheEnd);
    expect(calls).toHaveLength(1);
  });

  test('shutdown() - with a deadline that has passed gives all an outcome before it resolves', async () => {
    const { port, give, counts } = setUp(() => new Promise(() => {}));
    give(...numbered(3));
    await settle();
    await port.shutdown(passed());
    expect(counts()).toMatchObject({ failed: 1, dropped: { shutdown: 2 }, queued: 0 });
    expect(port.queue?.().size).toBe(0);
  });

  test('shutdown() - between two turns of a synchronous sink nothing is in flight, so nothing has failed', async () => {
    const { port, give, counts } = setUp(() => {});
    give(...numbered(600));
    await Promise.resolve();
    await port.shutdown(passed());
    expect(counts()).toMatchObject({ delivered: 512, failed: 0, dropped: { shutdown: 88 }, queued: 0 });
    await settle();
    expect(counts()).toMatchObject({ delivered: 512, queued: 0 });
  });

  test('shutdown() - ends a forceFlush() that waits longer', async () => {
    const { port, give } = setUp(() => new Promise(() => {}));
    give(emissionOf());
    const flushed = port.forceFlush(deadline());
    await settle();
    await port.shutdown(passed());
    await expect(flushed).resolves.toBeUndefined();
  });

  test('shutdown() - a second time does nothing and ends with the first', async () => {
    const close = vi.fn();
    const answer = waiting();
    const { port, give, counts } = setUp(Object.assign(() => answer.promise, { close }));
    give(emissionOf());
    const both = Promise.all([port.shutdown(deadline()), port.shutdown(deadline())]);
    answer.resolve();
    await both;
    await port.shutdown(passed());
    expect(close).toHaveBeenCalledOnce();
    expect(counts()).toMatchObject({ delivered: 1, queued: 0 });
  });

  const closes: readonly (readonly [string, () => unknown])[] = [
    [
      'throws',
      () => {
        throw new Error('busy');
      },
    ],
    ['rejects', () => Promise.reject(new Error('busy'))],
  ];

  test.each(closes)('shutdown() - reports a sink whose close %s', async (_, close) => {
    const { port, connection } = setUp(Object.assign(() => {}, { close: close as () => void }));
    await expect(port.shutdown(deadline())).resolves.toBeUndefined();
    expect(connection.reports).toMatchObject([{ key: 'alerts close', error: { message: 'busy' } }]);
  });

  test('shutdown() - does not wait past the deadline for a sink that never closes', async () => {
    const { port } = setUp(Object.assign(() => {}, { close: () => new Promise<void>(() => {}) }));
    const limit = deadline();
    const ended = port.shutdown(limit);
    await settle();
    limit.pass();
    await expect(ended).resolves.toBeUndefined();
  });
});

describe('sinkDestination()', () => {
  test('sinkDestination() - is a destination for the sink channel with a queue of the given capacity', () => {
    const destination = sinkDestination(() => {}, { capacity: 3 });
    expect(destination).toMatchObject({ kind: 'sink', channels: ['sink'] });
    expect(destination.connect(connectionOf()).queue?.()).toMatchObject({ size: 0, capacity: 3 });
    expect(
      sinkDestination(() => {})
        .connect(connectionOf())
        .queue?.().capacity,
    ).toBe(16_384);
  });

  test('sinkDestination() - refuses what is no function and a capacity that is none', () => {
    expect(() => sinkDestination({} as SinkFunction)).toThrow(SignalboxError);
    expect(() => sinkDestination({} as SinkFunction)).toThrow(
      'a destination: the sink is a value of type object. Give a function',
    );
    expect(() => sinkDestination(() => {}, { capacity: -4 })).toThrow(
      'a destination: `capacity` is -4. Give a whole number from 1.',
    );
  });

  test.each([[0], [-1], [1.5], [Number.NaN], [Number.POSITIVE_INFINITY], ['2'], [null], [{}]])(
    'sinkDestination() - refuses a sink whose `inFlight` is %o',
    (inFlight) => {
      const fn = Object.assign(() => {}, { inFlight }) as SinkFunction;
      expect(() => sinkDestination(fn)).toThrow(SignalboxError);
      expect(() => sinkDestination(fn)).toThrow(
        /^a destination: `inFlight` of the sink is .+\. Give a whole number from 1\.$/,
      );
      expect(() => sink(fn)).toThrow(/^sink: `inFlight` of the sink is /);
      expect(() => retrying(fn, { attempts: 2 })).toThrow(/^retrying: `inFlight` of the sink is /);
    },
  );
});
