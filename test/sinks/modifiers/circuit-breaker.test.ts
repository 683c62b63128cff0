import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { SinkFunction, SinkResult } from '../../../src/delivery/sink-function.js';
import { SignalboxError } from '../../../src/signal/signalbox-error.js';
import { circuitBreaker } from '../../../src/sinks/modifiers/circuit-breaker.js';
import { callOf, emissionOf, waiting } from '../../delivery/helpers.js';

const open = { dropped: 'circuit_open' };

describe('circuitBreaker()', () => {
  let answer: SinkResult | Error;
  let calls: number;
  const sink: SinkFunction = () => {
    calls++;
    if (answer instanceof Error && calls % 2 === 0) throw answer;
    return answer instanceof Error ? Promise.reject(answer) : answer;
  };

  beforeEach(() => {
    vi.useFakeTimers();
    answer = undefined;
    calls = 0;
  });
  afterEach(() => void vi.useRealTimers());

  /** Calls so often and says what came of it. */
  async function results(breaker: SinkFunction, n: number): Promise<unknown[]> {
    const all: unknown[] = [];
    for (let i = 0; i < n; i++) {
      all.push(
        await Promise.resolve()
          .then(() => breaker(emissionOf(), callOf()))
          .catch(() => 'failed'),
      );
    }
    return all;
  }

  test('circuitBreaker() - is open after so many failures in a row, and leaves the sink alone', async () => {
    const breaker = circuitBreaker(sink, { failures: 3, resetMillis: 1_000 });
    answer = new Error('down');
    expect(await results(breaker, 5)).toEqual(['failed', 'failed', 'failed', open, open]);
    vi.advanceTimersByTime(999);
    expect(await results(breaker, 1)).toEqual([open]);
    expect(calls).toBe(3);
  });

  test('circuitBreaker() - begins to count anew at each success', async () => {
    const breaker = circuitBreaker(sink, { failures: 3 });
    for (let i = 0; i < 4; i++) {
      answer = new Error('down');
      expect(await results(breaker, 2)).toEqual(['failed', 'failed']);
      answer = undefined;
      expect(await results(breaker, 1)).toEqual([undefined]);
    }
  });

  test('circuitBreaker() - closes when the trial succeeds', async () => {
    const breaker = circuitBreaker(sink, { failures: 1, resetMillis: 1_000 });
    answer = new Error('down');
    expect(await results(breaker, 2)).toEqual(['failed', open]);
    answer = undefined;
    vi.advanceTimersByTime(1_000);
    expect(await results(breaker, 3)).toEqual([undefined, undefined, undefined]);
  });

  test('circuitBreaker() - stays open for as long again when the trial fails', async () => {
    const breaker = circuitBreaker(sink, { failures: 2, resetMillis: 1_000 });
    answer = new Error('down');
    await results(breaker, 2);
    vi.advanceTimersByTime(1_000);
    expect(await results(breaker, 2)).toEqual(['failed', open]);
    vi.advanceTimersByTime(999);
    expect(await results(breaker, 1)).toEqual([open]);
    vi.advanceTimersByTime(1);
    expect(await results(breaker, 1)).toEqual(['failed']);
  });

  test('circuitBreaker() - tries with one emission at a time', async () => {
    const trial = waiting();
    const answers = [Promise.reject(new Error('down')), trial.promise];
    const breaker = circuitBreaker(() => answers.shift(), { failures: 1, resetMillis: 1_000 });
    await results(breaker, 1);
    vi.advanceTimersByTime(1_000);
    const first = breaker(emissionOf(), callOf());
    expect(await results(breaker, 1)).toEqual([open]);
    trial.resolve();
    await first;
    expect(await results(breaker, 1)).toEqual([undefined]);
  });

  test('circuitBreaker() - learns nothing of the sink from what is dropped before it', async () => {
    const breaker = circuitBreaker(sink, { failures: 2, resetMillis: 1_000 });
    answer = new Error('down');
    await results(breaker, 1);
    answer = { dropped: 'filtered' };
    await results(breaker, 1);
    answer = new Error('down');
    expect(await results(breaker, 2)).toEqual(['failed', open]);
    vi.advanceTimersByTime(1_000);
    answer = { dropped: 'filtered' };
    expect(await results(breaker, 2)).toEqual([answer, answer]);
    answer = new Error('down');
    expect(await results(breaker, 2)).toEqual(['failed', open]);
  });

  describe('with several in flight', () => {
    /** A breaker whose sink answers when the test does. */
    function parallel(): {
      readonly answers: ReturnType<typeof waiting>[];
      /** Begins a call; whether it was let through is known at once. */
      begin(): 'through' | 'open';
    } {
      const answers: ReturnType<typeof waiting>[] = [];
      const breaker = circuitBreaker(
        () => {
          const mine = waiting();
          answers.push(mine);
          return mine.promise;
        },
        { failures: 2, resetMillis: 1_000 },
      );
      return {
        answers,
        begin: () => {
          const before = answers.length;
          Promise.resolve(breaker(emissionOf(), callOf())).catch(() => {});
          return answers.length > before ? 'through' : 'open';
        },
      };
    }
    const down = new Error('down');

    test('circuitBreaker() - failures of calls that were open already do not hold it open for longer', async () => {
      const { answers, begin } = parallel();
      for (let i = 0; i < 4; i++) expect(begin()).toBe('through');
      answers[3]?.reject(down);
      answers[0]?.reject(down);
      await vi.advanceTimersByTimeAsync(900);
      expect(begin()).toBe('open');
      answers[1]?.reject(down);
      await vi.advanceTimersByTimeAsync(100);
      expect(begin()).toBe('through');
    });

    test('circuitBreaker() - success of a call that was open already does not close it', async () => {
      const { answers, begin } = parallel();
      for (let i = 0; i < 3; i++) begin();
      answers[0]?.reject(down);
      answers[1]?.reject(down);
      await vi.advanceTimersByTimeAsync(1);
      answers[2]?.resolve(undefined);
      await vi.advanceTimersByTimeAsync(1);
      expect(begin()).toBe('open');
      await vi.advanceTimersByTimeAsync(1_000);
      // One trial at a time, whatever else is open.
      expect(begin()).toBe('through');
      expect(begin()).toBe('open');
    });

    test('circuitBreaker() - a failure from before it closed is none of those in a row since', async () => {
      const { answers, begin } = parallel();
      for (let i = 0; i < 3; i++) begin();
      answers[0]?.reject(down);
      answers[1]?.reject(down);
      await vi.advanceTimersByTimeAsync(1_000);
      expect(begin()).toBe('through');
      answers[3]?.resolve(undefined);
      await vi.advanceTimersByTimeAsync(1);
      expect(begin()).toBe('through');
      answers[2]?.reject(down);
      answers[4]?.reject(down);
      await vi.advanceTimersByTimeAsync(1);
      // One failure since it closed, of the two that open it.
      expect(begin()).toBe('through');
    });
  });

  test('circuitBreaker() - opens after 5 failures for 30 seconds by default', async () => {
    const breaker = circuitBreaker(sink);
    answer = new Error('down');
    expect(await results(breaker, 6)).toEqual([...Array<string>(5).fill('failed'), open]);
    vi.advanceTimersByTime(29_999);
    expect(await results(breaker, 1)).toEqual([open]);
    vi.advanceTimersByTime(1);
    expect(await results(breaker, 1)).toEqual(['failed']);
  });

  test('circuitBreaker() - refuses numbers that are none', () => {
    expect(() => circuitBreaker(sink, { failures: 0 })).toThrow(SignalboxError);
    expect(() => circuitBreaker(sink, { failures: 0 })).toThrow('circuitBreaker: `failures` is 0.');
    expect(() => circuitBreaker(sink, { resetMillis: 0 })).toThrow('circuitBreaker: `resetMillis` is 0.');
  });
});
