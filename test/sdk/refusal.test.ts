import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { deadline } from './helpers.js';
import type { Item } from './pipeline-bench.js';
import { Bench, succeed } from './pipeline-bench.js';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'Date', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const LARGE = { size: 512, capacity: 4096, capacityBytes: 1_000_000, sizeBytes: 1_000_000 };

function error(more: object): Error {
  return Object.assign(new Error('no'), more);
}

function thenable(then: unknown): object {
  return Object.defineProperty({}, 'then', { value: then });
}

/** An endpoint that takes no batch with one of these in it. */
function refusing(bad: ReadonlySet<number>, why: object = { code: 400 }, taken: number[] = []) {
  return (done: (result: never) => void, items: Item[]): void => {
    if (items.some(({ n }) => bad.has(n))) {
      done({ code: 1, error: error(why) } as never);
      return;
    }
    taken.push(...items.map(({ n }) => n));
    done({ code: 0 } as never);
  };
}

function numbers(to: number): number[] {
  return Array.from({ length: to }, (_, i) => i);
}

describe('a batch that is refused for good', () => {
  test.each([0, 1, 100, 255, 256, 511])(
    'a refusal - of 512 items the one that is bad is lost, number %i, with 20 further calls at most',
    async (bad) => {
      const taken: number[] = [];
      const bench = new Bench(LARGE, refusing(new Set([bad]), { code: 400 }, taken));
      bench.push(512);
      await vi.advanceTimersByTimeAsync(0);
      expect(taken.sort((a, b) => a - b)).toEqual(numbers(512).filter((n) => n !== bad));
      expect(bench.counts).toEqual({
        routed: 512,
        delivered: 511,
        failed: 0,
        dropped: { refused: 1 },
        size: 0,
      });
      expect(bench.sent.length - 1).toBeLessThanOrEqual(20);
      expect(bench.connection.told).toEqual([
        {
          key: 'collector logs refused',
          message:
            "destination 'collector': its endpoint refused 1 logs for good; they are dropped and counted",
          error: expect.any(Error),
        },
      ]);
    },
  );

  test('a refusal - of one item is no failure', async () => {
    const bench = new Bench({ size: 1 }, refusing(new Set([0])));
    bench.push(1);
    await vi.advanceTimersByTimeAsync(0);
    expect(bench.counts).toMatchObject({ failed: 0, dropped: { refused: 1 }, size: 0 });
    expect(bench.sent).toHaveLength(1);
  });

  test('a refusal - two bad ones of 512 cost no good one', async () => {
    const bench = new Bench(LARGE, refusing(new Set([3, 400])));
    bench.push(512);
    await vi.advanceTimersByTimeAsync(0);
    expect(bench.counts).toMatchObject({ delivered: 510, failed: 0, dropped: { refused: 2 } });
  });

  test('a refusal - of every second item costs no good one', async () => {
    const taken: number[] = [];
    const bad = new Set(numbers(512).filter((n) => n % 2 === 0));
    const bench = new Bench(LARGE, refusing(bad, { code: 400 }, taken));
    bench.push(512);
    await vi.advanceTimersByTimeAsync(0);
    expect(taken).toEqual(numbers(512).filter((n) => n % 2 === 1));
    expect(bench.sent.length).toBeLessThan(2 * 512);
    expect(bench.counts).toMatchObject({ delivered: 256, failed: 0, dropped: { refused: 256 }, size: 0 });
  });

  test('a refusal - that is answered at once, of half of a large batch, leaves the stack alone', async () => {
    const bad = new Set(numbers(16_384).filter((n) => n % 2 === 1));
    const bench = new Bench({ ...LARGE, size: 16_384, capacity: 16_384 }, refusing(bad));
    bench.push(16_384);
    await vi.advanceTimersByTimeAsync(0);
    expect(bench.counts).toMatchObject({ delivered: 8192, failed: 0, dropped: { refused: 8192 }, size: 0 });
  });

  test('a refusal - many bad ones cost a bounded number of calls, and each item is counted', async () => {
    const bad = new Set(numbers(512).filter((n) => n % 37 === 0));
    const bench = new Bench(LARGE, refusing(bad));
    bench.push(512);
    await vi.advanceTimersByTimeAsync(0);
    expect(bench.sent.length - 1).toBeLessThanOrEqual(512 / 2);
    const { delivered, dropped } = bench.counts as { delivered: number; dropped: { refused: number } };
    expect(delivered).toBe(512 - bad.size);
    expect(delivered + dropped.refused).toBe(512);
  });

  test('a refusal - an endpoint that takes nothing at all is soon left alone', async () => {
    const bench = new Bench(LARGE, refusing(new Set(numbers(5000))));
    bench.push(512);
    await vi.advanceTimersByTimeAsync(0);
    expect(bench.sent.length - 1).toBeLessThanOrEqual(2 * 9 + 2);
    expect(bench.counts).toMatchObject({ delivered: 0, failed: 0, dropped: { refused: 512 }, size: 0 });
  });

  test.each([
    ['an HTTP status 400 in code', { code: 400 }, 'refused'],
    ['an HTTP status 413 in code', { code: 413 }, 'refused'],
    ['an HTTP status 422 in code', { code: 422 }, 'refused'],
    ['an HTTP status 400 in status', { status: 400 }, 'refused'],
    ['an HTTP status 400 in statusCode', { code: 'ERR_BAD_REQUEST', statusCode: 400 }, 'refused'],
    ['an HTTP status 400 of a response', { code: 'ERR_BAD_REQUEST', response: { status: 400 } }, 'refused'],
    ['gRPC INVALID_ARGUMENT', { code: 3 }, 'refused'],
    [
      'gRPC RESOURCE_EXHAUSTED for size',
      { code: 8, details: 'grpc: received message larger than max (5000000 vs. 4194304)' },
      'refused',
    ],
    ['gRPC RESOURCE_EXHAUSTED for quota', { code: 8, details: 'quota exceeded' }, 'failed'],
    ['HTTP 401', { code: 401 }, 'failed'],
    ['HTTP 403', { code: 403 }, 'failed'],
    ['HTTP 404', { code: 404 }, 'failed'],
    ['HTTP 429', { code: 429 }, 'failed'],
    ['HTTP 500', { code: 500 }, 'failed'],
    ['gRPC UNAVAILABLE', { code: 14 }, 'failed'],
    ['gRPC UNAUTHENTICATED', { code: 16 }, 'failed'],
    ['no code', {}, 'failed'],
    ['a code that is text', { code: '400' }, 'failed'],
  ])('a refusal - %s', async (_, why, outcome) => {
    const bench = new Bench({ size: 4 }, refusing(new Set([2]), why));
    bench.push(4);
    await vi.advanceTimersByTimeAsync(0);
    if (outcome === 'refused')
      expect(bench.counts).toMatchObject({ delivered: 3, failed: 0, dropped: { refused: 1 } });
    else {
      expect(bench.counts).toMatchObject({ delivered: 0, failed: 4, dropped: {} });
      expect(bench.sent).toHaveLength(1);
    }
  });

  test('a refusal - is one too where an exporter throws or rejects with it', async () => {
    for (const act of [
      (items: Item[]) => {
        if (items.some(({ n }) => n === 1)) throw error({ code: 400 });
      },
      async (items: Item[]) => {
        if (items.some(({ n }) => n === 1)) throw error({ code: 400 });
      },
    ]) {
      const bench = new Bench({}, (done, items) => {
        const returned = act(items);
        if (!items.some(({ n }) => n === 1)) done({ code: 0 });
        return returned;
      });
      bench.push(3);
      await vi.advanceTimersByTimeAsync(0);
      expect(bench.counts).toMatchObject({ delivered: 2, failed: 0, dropped: { refused: 1 } });
    }
  });

  test('a refusal - later batches wait until all of a refused one has its outcome', async () => {
    const bench = new Bench({ size: 4 });
    bench.push(8);
    await vi.advanceTimersByTimeAsync(0);
    const answers: boolean[] = [false, true, false, true, false];
    for (const [i, good] of answers.entries()) {
      bench.sent[i]?.done(good ? { code: 0 } : { code: 1, error: error({ code: 400 }) });
      await vi.advanceTimersByTimeAsync(0);
    }
    expect(bench.numbers).toEqual([[0, 1, 2, 3], [0, 1], [2, 3], [2], [3], [4, 5, 6, 7]]);
    expect(bench.counts).toMatchObject({ delivered: 3, dropped: { refused: 1 }, size: 4 });
  });

  test('a refusal - its items are counted as queued until each has its outcome', async () => {
    const bench = new Bench({ size: 4 });
    bench.push(4);
    await vi.advanceTimersByTimeAsync(0);
    bench.sent[0]?.done({ code: 1, error: error({ code: 400 }) });
    expect(bench.counts).toMatchObject({ delivered: 0, dropped: {}, size: 4 });
    bench.sent[1]?.done({ code: 0 });
    expect(bench.counts).toMatchObject({ delivered: 2, dropped: {}, size: 2 });
    expect(bench.pipeline.bytes).toBe(20);
  });

  test('a refusal - at the shutdown deadline what is in flight has failed, and what was not sent again is dropped', async () => {
    const bench = new Bench({ size: 8, timeoutMillis: 60_000 });
    bench.push(8);
    await vi.advanceTimersByTimeAsync(0);
    bench.sent[0]?.done({ code: 1, error: error({ code: 400 }) });
    const late = deadline();
    const closed = bench.pipeline.shutdown(late);
    late.pass();
    await closed;
    expect(bench.counts).toEqual({ routed: 8, delivered: 0, failed: 4, dropped: { shutdown: 4 }, size: 0 });
    expect(bench.pipeline.bytes).toBe(0);
    bench.sent[1]?.done({ code: 1, error: error({ code: 400 }) });
    await vi.advanceTimersByTimeAsync(1000);
    expect(bench.sent).toHaveLength(2);
  });

  test('a refusal - a part that has no answer in time fails, and the other part waits for the call to end', async () => {
    const bench = new Bench({ size: 4 });
    bench.push(4);
    await vi.advanceTimersByTimeAsync(0);
    bench.sent[0]?.done({ code: 1, error: error({ code: 400 }) });
    await vi.advanceTimersByTimeAsync(5000);
    expect(bench.counts).toMatchObject({ failed: 2, size: 2 });
    expect(bench.sent).toHaveLength(2);
    bench.sent[1]?.done({ code: 0 });
    expect(bench.numbers).toEqual([
      [0, 1, 2, 3],
      [0, 1],
      [2, 3],
    ]);
    bench.sent[2]?.done({ code: 0 });
    expect(bench.counts).toMatchObject({ delivered: 2, failed: 2, size: 0 });
  });

  test('a refusal - for size makes later batches smaller', async () => {
    const largest: number[] = [];
    const bench = new Bench(
      { size: 100, capacity: 1000, capacityBytes: 100_000_000, sizeBytes: 50_000_000 },
      (done, items) => {
        largest.push(items.length);
        done(items.length > 30 ? { code: 1, error: error({ code: 413 }) } : { code: 0 });
      },
    );
    for (let i = 0; i < 100; i++) bench.pipeline.push({ n: i }, 10_000);
    await vi.advanceTimersByTimeAsync(0);
    const calls = largest.length;
    for (let i = 0; i < 100; i++) bench.pipeline.push({ n: i }, 10_000);
    await bench.pipeline.forceFlush(deadline());
    expect(Math.max(...largest.slice(calls))).toBeLessThanOrEqual(30);
    expect(bench.counts).toMatchObject({ delivered: 200, failed: 0, dropped: {} });
  });

  test('a refusal - of one item for its size leaves later batches at what the endpoint takes', async () => {
    const sizes: number[] = [];
    const bytesOf = (n: number): number => (n === 7 ? 2_000_000 : 1000);
    const bench = new Bench(
      { size: 512, capacity: 2000, capacityBytes: 100_000_000, sizeBytes: 3_000_000 },
      (done, items) => {
        sizes.push(items.length);
        const bytes = items.reduce((sum, { n }) => sum + bytesOf(n), 0);
        done(bytes > 1_500_000 ? { code: 1, error: error({ code: 413 }) } : { code: 0 });
      },
    );
    for (const n of numbers(512)) bench.pipeline.push({ n }, bytesOf(n));
    await vi.advanceTimersByTimeAsync(0);
    expect(bench.counts).toMatchObject({ delivered: 511, failed: 0, dropped: { refused: 1 } });
    const before = sizes.length;
    for (let i = 0; i < 512; i++) bench.pipeline.push({ n: 0 }, 1000);
    await bench.pipeline.forceFlush(deadline());
    expect(sizes.slice(before)).toEqual([512]);
  });
});

describe('a partial success', () => {
  test.each([
    ['rejectedLogRecords', 2],
    ['rejectedSpans', 2],
    ['rejectedDataPoints', '2'],
  ])('a partial success - that tells %s is counted, the rest is delivered', async (name, rejected) => {
    const bench = new Bench({}, (done) => done({ code: 0, partialSuccess: { [name]: rejected } } as never));
    bench.push(3);
    await vi.advanceTimersByTimeAsync(0);
    expect(bench.counts).toEqual({ routed: 3, delivered: 1, failed: 0, dropped: { refused: 2 }, size: 0 });
    expect(bench.told).toEqual([
      "destination 'collector': its endpoint took 1 of 3 logs, and refused the rest",
    ]);
  });

  test.each([
    [{ rejectedLogRecords: 99 }, 3],
    [{ rejectedLogRecords: -1 }, 0],
    [{ rejectedLogRecords: 'x' }, 0],
    [{}, 0],
    [null, 0],
    ['no', 0],
  ])('a partial success - %j makes no more lost than there were', async (partialSuccess, refused) => {
    const bench = new Bench({}, (done) => done({ code: 0, partialSuccess } as never));
    bench.push(3);
    await vi.advanceTimersByTimeAsync(0);
    const { routed, delivered, dropped, size } = bench.counts as never as {
      routed: number;
      delivered: number;
      dropped: { refused?: number };
      size: number;
    };
    expect([routed, delivered, dropped.refused ?? 0, size]).toEqual([3, 3 - refused, refused, 0]);
  });
});

describe('an exporter that changes the list it is given', () => {
  test.each([
    ['drains it', (items: Item[]) => void items.splice(0)],
    ['adds to it', (items: Item[]) => void items.push({ n: -1 }, { n: -2 })],
    ['turns it round', (items: Item[]) => void items.reverse()],
    [
      'makes it endless',
      (items: Item[]) => {
        items.length = 1_000_000;
      },
    ],
  ])('the list - of one that %s changes no count', async (_, change) => {
    const bench = new Bench({}, (done, items) => {
      change(items);
      done({ code: 0 });
    });
    bench.push(9);
    await vi.advanceTimersByTimeAsync(0);
    expect(bench.counts).toEqual({ routed: 9, delivered: 9, failed: 0, dropped: {}, size: 0 });
    expect(bench.pipeline.bytes).toBe(0);
  });

  test('the list - of one that drains it before it refuses it is sent again whole', async () => {
    const bench = new Bench({}, (done, items) => {
      const bad = items.some(({ n }) => n === 1);
      items.splice(0);
      done(bad ? { code: 1, error: error({ code: 400 }) } : { code: 0 });
    });
    bench.push(3);
    await vi.advanceTimersByTimeAsync(0);
    expect(bench.counts).toMatchObject({ delivered: 2, dropped: { refused: 1 }, size: 0 });
  });
});

describe('what an exporter returns', () => {
  const unhandled: unknown[] = [];
  const note = (reason: unknown): void => void unhandled.push(reason);
  beforeEach(() => {
    unhandled.length = 0;
    process.on('unhandledRejection', note);
  });
  afterEach(() => {
    process.off('unhandledRejection', note);
  });

  test.each([
    [
      'a promise of another realm',
      () => runInNewContext("Promise.reject(new Error('elsewhere'))") as unknown,
    ],
    [
      'a thenable',
      () => thenable((_: unknown, no: (error: Error) => void) => no(new Error('no promise at all'))),
    ],
    [
      'a thenable that throws',
      () =>
        thenable(() => {
          throw new Error('no');
        }),
    ],
    [
      'something that throws on being looked at',
      () =>
        Object.defineProperty({}, 'then', {
          get: () => {
            throw new Error('no');
          },
        }),
    ],
  ])(
    'what it returns - %s which rejects is a failure, and nothing is left unhandled',
    async (_, returned) => {
      const bench = new Bench({}, returned);
      bench.push(3);
      await vi.advanceTimersByTimeAsync(0);
      vi.useRealTimers();
      await new Promise((done) => setImmediate(done));
      expect(bench.counts).toMatchObject({ delivered: 0, failed: 3, size: 0 });
      expect(unhandled).toEqual([]);
    },
  );
});

describe('bytes in one export', () => {
  test('bytes - are bounded, in order; an item that is larger goes alone', async () => {
    const bench = new Bench({ size: 10, sizeBytes: 100 }, succeed);
    for (const [n, bytes] of [30, 30, 30, 30, 500, 30, 30].entries()) bench.pipeline.push({ n }, bytes);
    await bench.pipeline.forceFlush(deadline());
    expect(bench.numbers).toEqual([[0, 1, 2], [3], [4], [5, 6]]);
    expect(bench.counts).toMatchObject({ delivered: 7, size: 0 });
  });

  test('bytes - that fill an export send it at once', async () => {
    const bench = new Bench({ size: 10, sizeBytes: 100 }, succeed);
    for (let n = 0; n < 4; n++) bench.pipeline.push({ n }, 30);
    await vi.advanceTimersByTimeAsync(0);
    expect(bench.numbers).toEqual([[0, 1, 2]]);
  });
});
