import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { createSignalbox } from '../../../src/box/create-signalbox.js';
import type { SinkFunction } from '../../../src/delivery/sink-function.js';
import type { Emission } from '../../../src/emission/emission.js';
import type { BatchFunction } from '../../../src/sinks/index.js';
import {
  batched,
  circuitBreaker,
  fallback,
  filtered,
  rateLimited,
  retrying,
  sampled,
  timed,
} from '../../../src/sinks/index.js';
import { noUnhandledRejections } from '../../promises/rejections.js';

noUnhandledRejections();

/** What a row does: sends messages through a sink, one after the other or all at once, and looks at what came. */
interface Run {
  /** Emits messages through a sink of a box. Gives the outcome of all, as `stats()` counts it. */
  send(sink: SinkFunction, ...messages: string[]): Promise<string[]>;
  /** A sink that keeps the messages that it takes; it fails as often as there are failures, of a message where one is named. */
  fn: SinkFunction;
  /** The same of batches, which are kept as texts. */
  batch: BatchFunction;
  /** How often `fn` or `batch` still fails. */
  failures: number;
  /** Calls of them that came to nothing. */
  failed: string[];
  /** Messages, or batches of them, that they took. */
  took: string[];
  /** The other sink, and what it took. */
  other: SinkFunction;
  otherBatch: BatchFunction;
  othersTook: string[];
}

const NEVER = { perSecond: 1e-6, burst: 1 };
const ONCE_MORE = { attempts: 2, delayMillis: 1 };
const OPEN = { failures: 2, resetMillis: 60_000 };
const isLarge = ({ message }: Emission): boolean => message.startsWith('large');
const NONE = { ratio: 0 };
const hangs = (_: unknown, { signal }: { readonly signal: AbortSignal }): Promise<void> =>
  new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
/** Batches of two, and what a flush brings out. */
const TWO = { size: 2, ageMillis: 60_000 };

/** Rows of the table of docs/modifiers.md, by what is written there. Each gives what was counted. */
const ROWS: Readonly<Record<string, (run: Run) => Promise<string[]>>> = {
  'filtered(sampled(fn))': async ({ send, fn, took }) => {
    const counted = await send(filtered(sampled(fn, NONE), isLarge), 'large', 'small');
    expect(counted).toEqual(['sampled 1', 'filtered 1']);
    expect(took).toEqual([]);
    return counted;
  },
  'sampled(filtered(fn))': async ({ send, fn }) => {
    expect(await send(sampled(filtered(fn, isLarge), NONE), 'small', 'small')).toEqual(['sampled 2']);
    return [
      ...(await send(sampled(filtered(fn, isLarge), NONE), 'a')),
      ...(await send(sampled(filtered(fn, isLarge), { ratio: 1 }), 'a')),
    ];
  },
  'filtered(rateLimited(fn))': async ({ send, fn, took }) => {
    const counted = await send(filtered(rateLimited(fn, NEVER), isLarge), 'small', 'large 1', 'large 2');
    expect(took).toEqual(['large 1']);
    return counted;
  },
  'rateLimited(filtered(fn))': async ({ send, fn, took }) => {
    const counted = await send(rateLimited(filtered(fn, isLarge), NEVER), 'small', 'large 1', 'large 2');
    expect(counted).toEqual(['filtered 1', 'rate_limited 2']);
    expect(took).toEqual([]);
    return counted;
  },
  'retrying(timed(fn))': async ({ send, fn, took }) => {
    let calls = 0;
    const slowOnce: SinkFunction = (emission, call) =>
      calls++ === 0 ? hangs(emission, call) : fn(emission, call);
    const counted = await send(retrying(timed(slowOnce, 20), ONCE_MORE), 'a');
    expect([calls, took]).toEqual([2, ['a']]);
    return counted;
  },
  'timed(retrying(fn))': async ({ send, fn, took }) => {
    let calls = 0;
    const slowOnce: SinkFunction = (emission, call) =>
      calls++ === 0 ? hangs(emission, call) : fn(emission, call);
    const counted = await send(timed(retrying(slowOnce, ONCE_MORE), 20), 'a');
    expect([calls, took]).toEqual([1, []]);
    return counted;
  },
  'retrying(rateLimited(fn))': async (run) => {
    run.failures = 1;
    const counted = await run.send(retrying(rateLimited(run.fn, NEVER), ONCE_MORE), 'a');
    expect([run.failed, run.took]).toEqual([['a'], []]);
    return counted;
  },
  'rateLimited(retrying(fn))': async (run) => {
    run.failures = 1;
    const counted = await run.send(rateLimited(retrying(run.fn, ONCE_MORE), NEVER), 'a', 'b');
    expect([run.failed, run.took]).toEqual([['a'], ['a']]);
    return counted;
  },
  'retrying(circuitBreaker(fn))': async (run) => {
    run.failures = 9;
    const counted = await run.send(
      retrying(circuitBreaker(run.fn, OPEN), { attempts: 5, delayMillis: 1 }),
      'a',
    );
    expect(run.failed).toEqual(['a', 'a']);
    return counted;
  },
  'circuitBreaker(retrying(fn))': async (run) => {
    run.failures = 9;
    const counted = await run.send(circuitBreaker(retrying(run.fn, ONCE_MORE), OPEN), 'a', 'b', 'c');
    expect(run.failed).toEqual(['a', 'a', 'b', 'b']);
    return counted;
  },
  'fallback(circuitBreaker(fn), other)': async (run) => {
    run.failures = 9;
    const counted = await run.send(fallback(circuitBreaker(run.fn, OPEN), run.other), 'a', 'b', 'c');
    expect([run.failed, run.othersTook]).toEqual([
      ['a', 'b'],
      ['a', 'b', 'c'],
    ]);
    return counted;
  },
  'circuitBreaker(fallback(fn, other))': async (run) => {
    run.failures = 9;
    const counted = await run.send(circuitBreaker(fallback(run.fn, run.other), OPEN), 'a', 'b', 'c');
    expect([run.failed, run.othersTook]).toEqual([
      ['a', 'b', 'c'],
      ['a', 'b', 'c'],
    ]);
    return counted;
  },
  'fallback(retrying(fn), other)': async (run) => {
    run.failures = 2;
    const counted = await run.send(fallback(retrying(run.fn, ONCE_MORE), run.other), 'a');
    expect([run.failed, run.othersTook]).toEqual([['a', 'a'], ['a']]);
    return counted;
  },
  'retrying(fallback(fn, other))': async (run) => {
    run.failures = 2;
    const order: string[] = [];
    const second: SinkFunction = () => {
      order.push('other');
      throw new Error('no');
    };
    const first: SinkFunction = (emission, call) => {
      order.push('fn');
      return run.fn(emission, call);
    };
    const counted = await run.send(retrying(fallback(first, second), { attempts: 3, delayMillis: 1 }), 'a');
    expect(order).toEqual(['fn', 'other', 'fn', 'other', 'fn']);
    return counted;
  },
  'fallback(timed(fn), other)': async (run) => {
    const counted = await run.send(fallback(timed(hangs, 10), run.other), 'a');
    expect(run.othersTook).toEqual(['a']);
    return counted;
  },
  'timed(fallback(fn, other))': async (run) => {
    const counted = await run.send(timed(fallback(hangs, run.other), 10), 'a');
    expect(run.othersTook).toEqual([]);
    return counted;
  },
  'fallback(filtered(fn), other)': async (run) => {
    const counted = await run.send(fallback(filtered(run.fn, isLarge), run.other), 'small');
    expect(run.othersTook).toEqual([]);
    return counted;
  },
  'filtered(fallback(fn, other))': async (run) => {
    run.failures = 1;
    const counted = await run.send(filtered(fallback(run.fn, run.other), isLarge), 'small', 'large');
    expect(run.othersTook).toEqual(['large']);
    return counted;
  },
  'fallback(rateLimited(fn), other)': async (run) => {
    const counted = await run.send(fallback(rateLimited(run.fn, NEVER), run.other), 'a', 'b');
    expect([run.took, run.othersTook]).toEqual([['a'], ['b']]);
    return counted;
  },
  'rateLimited(fallback(fn, other))': async (run) => {
    run.failures = 1;
    const counted = await run.send(rateLimited(fallback(run.fn, run.other), NEVER), 'a', 'b');
    expect([run.failed, run.othersTook]).toEqual([['a'], ['a']]);
    return counted;
  },
  'circuitBreaker(sampled(fn))': async (run) => {
    run.failures = 9;
    let sample = { ratio: 1 };
    const [all, none] = [sampled(run.fn, { ratio: 1 }), sampled(run.fn, NONE)];
    const either: SinkFunction = (emission, call) => (sample.ratio === 1 ? all : none)(emission, call);
    const sink = circuitBreaker((emission, call) => {
      sample = { ratio: emission.message === 'out' ? 0 : 1 };
      return either(emission, call);
    }, OPEN);
    const counted = await run.send(sink, 'a', 'out', 'b', 'c');
    expect(run.failed).toEqual(['a', 'b']);
    return counted;
  },
  'sampled(circuitBreaker(fn))': async (run) => {
    run.failures = 9;
    const broken = circuitBreaker(run.fn, OPEN);
    expect(await run.send(sampled(broken, NONE), 'a', 'b', 'c')).toEqual(['sampled 3']);
    expect(run.failed).toEqual([]);
    return ['sampled', ...(await run.send(sampled(broken, { ratio: 1 }), 'a', 'b', 'c'))];
  },
  'filtered(batched(fn))': async (run) => {
    const counted = await run.send(filtered(batched(run.batch, TWO), isLarge), 'large 1', 'small', 'large 2');
    expect(run.took).toEqual(['large 1, large 2']);
    return counted;
  },
  'batched(retrying(fn))': async (run) => {
    run.failures = 1;
    const counted = await run.send(batched(retrying(run.batch, ONCE_MORE), TWO), 'a', 'b', 'c', 'd');
    expect([run.failed, run.took]).toEqual([['a, b'], ['a, b', 'c, d']]);
    return counted;
  },
  'retrying(batched(fn))': async (run) => {
    let isFirst = true;
    const failsFirst: BatchFunction = (emissions) => {
      run.took.push(emissions.map(({ message }) => message).join(', '));
      const outcomes = emissions.map((_, i) =>
        isFirst && i === 0 ? { failed: new Error('no') } : undefined,
      );
      isFirst = false;
      return outcomes;
    };
    const counted = await run.send(retrying(batched(failsFirst, TWO), ONCE_MORE), 'a', 'b', 'c', 'd');
    expect(run.took).toEqual(['a, b', 'c, a', 'd']);
    return counted;
  },
  'batched(timed(fn))': async (run) => {
    expect(await run.send(batched(timed(hangs as BatchFunction, 10), TWO), 'a', 'b')).toEqual(['failed 2']);
    return ['failed'];
  },
  'timed(batched(fn))': async (run) => {
    const waiting = batched(run.batch, TWO);
    // Flushed after its time limit alone.
    const limited = Object.assign(timed(waiting, 10), { flush: undefined });
    const counted = await run.send(limited, 'a');
    waiting.flush?.();
    await waiting.close?.();
    expect(run.took).toEqual([]);
    return counted;
  },
  'batched(circuitBreaker(fn))': async (run) => {
    run.failures = 9;
    const counted = await run.send(
      batched(circuitBreaker(run.batch, OPEN), TWO),
      'a',
      'b',
      'c',
      'd',
      'e',
      'f',
    );
    expect(run.failed).toEqual(['a, b', 'c, d']);
    expect(counted).toEqual(['circuit_open 2', 'failed 4']);
    return counted;
  },
  'circuitBreaker(batched(fn))': async (run) => {
    run.failures = 9;
    const counted = await run.send(circuitBreaker(batched(run.batch, TWO), OPEN), 'a', 'b', 'c', 'd');
    expect(run.failed).toEqual(['a, b']);
    expect(counted).toEqual(['circuit_open 2', 'failed 2']);
    return counted;
  },
  'batched(fallback(fn, other))': async (run) => {
    run.failures = 1;
    const counted = await run.send(batched(fallback(run.batch, run.otherBatch), TWO), 'a', 'b', 'c', 'd');
    expect([run.took, run.othersTook]).toEqual([['c, d'], ['a, b']]);
    return counted;
  },
  'fallback(batched(fn), other)': async (run) => {
    run.failures = 1;
    let open = 0;
    const one: SinkFunction = async (emission, call) => {
      expect(++open).toBe(1);
      await new Promise((done) => setImmediate(done));
      open--;
      return run.other(emission, call);
    };
    const counted = await run.send(fallback(batched(run.batch, TWO), one), 'a', 'b', 'c', 'd');
    expect([run.took, run.othersTook]).toEqual([['c, d'], ['a', 'b']]);
    return counted;
  },
};

function newRun(): Run {
  const run: Run = {
    failures: 0,
    failed: [],
    took: [],
    othersTook: [],
    fn: async ({ message }) => take(message),
    batch: async (emissions) => take(emissions.map(({ message }) => message).join(', ')),
    other: ({ message }) => void run.othersTook.push(message),
    otherBatch: (emissions) => void run.othersTook.push(emissions.map(({ message }) => message).join(', ')),
    send: async (sink, ...messages) => {
      const box = createSignalbox({ destinations: { sink }, routes: [{ signals: '*', to: 'sink' }] });
      for (const message of messages) box.info(message);
      await box.forceFlush({ timeoutMillis: 20_000 });
      const { delivered = 0, failed = 0, dropped = {} } = box.stats().destinations.sink?.channels.sink ?? {};
      await box.shutdown();
      return Object.entries({ ...dropped, delivered, failed }).flatMap(([what, n]) =>
        n > 0 ? [`${what} ${n}`] : [],
      );
    },
  };
  const take = (what: string): void => {
    if (run.failures > 0) {
      run.failures--;
      run.failed.push(what);
      throw new Error('failed');
    }
    run.took.push(what);
  };
  return run;
}

/** Rows of the table by what is written, and what they say is counted. */
function told(): Map<string, string[]> {
  const page = readFileSync('docs/modifiers.md', 'utf8');
  const table = page.slice(page.indexOf('| written |')).split('\n\n')[0] ?? '';
  const rows = table
    .split('\n')
    .slice(2)
    .map((line) => line.split('|').map((cell) => cell.trim()));
  return new Map(
    rows.map(([, written = '', , counted = '']) => [
      written.replaceAll('`', ''),
      counted.replaceAll('`', '').split(', '),
    ]),
  );
}

describe('the order of modifiers', () => {
  test('docs/modifiers.md - each row of the table is held by a test', () => {
    expect(Object.keys(ROWS)).toEqual([...told().keys()]);
  });

  test.each(Object.entries(ROWS))('%s - does what the table says', async (written, row) => {
    const counted = new Set((await row(newRun())).map((each) => each.split(' ')[0]));
    expect([...counted].sort()).toEqual([...(told().get(written) ?? [])].sort());
  });
});
