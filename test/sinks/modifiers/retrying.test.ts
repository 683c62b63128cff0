import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { SinkFunction } from '../../../src/delivery/sink-function.js';
import { SignalboxError } from '../../../src/signal/signalbox-error.js';
import type { RetryOptions } from '../../../src/sinks/modifiers/retry-options.js';
import { retrying } from '../../../src/sinks/modifiers/retrying.js';
import { callOf, emissionOf, numbered } from '../../delivery/helpers.js';

/** A sink that fails so often, in turn at once and later, and notes when it was tried. */
function failing(times: number): { sink: SinkFunction; triedAt: number[] } {
  const triedAt: number[] = [];
  const begin = Date.now();
  const sink: SinkFunction = () => {
    triedAt.push(Date.now() - begin);
    const n = triedAt.length;
    if (n > times) return { dropped: 'seen' };
    const error = new Error(`failure ${n}`);
    if (n % 2 === 1) throw error;
    return Promise.reject(error);
  };
  return { sink, triedAt };
}

describe('retrying()', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  test('retrying() - gives back at once what a sink answers at once', () => {
    const sink = retrying(() => ({ dropped: 'filtered' }), { attempts: 3 });
    expect(sink(emissionOf(), callOf())).toEqual({ dropped: 'filtered' });
  });

  test('retrying() - tries again with doubled waits up to the longest, and gives back the answer', async () => {
    const { sink, triedAt } = failing(5);
    const options = { attempts: 6, delayMillis: 100, maxDelayMillis: 500, jitter: false };
    const answer = retrying(sink, options)(emissionOf(), callOf());
    await vi.runAllTimersAsync();
    expect(await answer).toEqual({ dropped: 'seen' });
    expect(triedAt).toEqual([0, 100, 300, 700, 1_200, 1_700]);
  });

  test('retrying() - waits a random part of each wait by default', async () => {
    vi.spyOn(Math, 'random').mockReturnValueOnce(0.5).mockReturnValueOnce(0.25);
    const { sink, triedAt } = failing(2);
    const answer = retrying(sink, { attempts: 3 })(emissionOf(), callOf());
    await vi.runAllTimersAsync();
    await answer;
    expect(triedAt).toEqual([0, 50, 100]);
  });

  test.each([1, 2, 4])(
    'retrying() - with %d attempts in all tries so often, and the last failure counts',
    async (attempts) => {
      const { sink, triedAt } = failing(10);
      const outcome = Promise.resolve()
        .then(() => retrying(sink, { attempts })(emissionOf(), callOf()))
        .catch((error: Error) => error.message);
      await vi.runAllTimersAsync();
      expect(await outcome).toBe(`failure ${attempts}`);
      expect(triedAt).toHaveLength(attempts);
    },
  );

  test('retrying() - gives up in a wait when the call is aborted', async () => {
    const { sink, triedAt } = failing(10);
    const controller = new AbortController();
    const outcome = retrying(sink, { attempts: 10, jitter: false })(emissionOf(), callOf(controller.signal));
    const caught = Promise.resolve(outcome).catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(150);
    expect(triedAt).toEqual([0, 100]);
    controller.abort('the box is shut down');
    expect(await caught).toBe('the box is shut down');
    expect(vi.getTimerCount()).toBe(0);
    expect(triedAt).toHaveLength(2);
  });

  test.each([1, 2])(
    'retrying() - does not try again when the call is aborted during try %d',
    async (abortedIn) => {
      const controller = new AbortController();
      const sink = vi.fn(async () => {
        if (sink.mock.calls.length === abortedIn) controller.abort();
        throw new Error(`cut off in ${sink.mock.calls.length}`);
      });
      const outcome = retrying(sink, { attempts: 5 })(emissionOf(), callOf(controller.signal));
      const caught = Promise.resolve(outcome).catch((error: Error) => error.message);
      await vi.runAllTimersAsync();
      expect(await caught).toBe(`cut off in ${abortedIn}`);
      expect(sink).toHaveBeenCalledTimes(abortedIn);
    },
  );

  test('retrying() - counts the tries of each call by itself where several are in flight', async () => {
    const tries: string[] = [];
    const sink = retrying(
      async ({ message }) => {
        tries.push(message);
        if (tries.filter((tried) => tried === message).length <= Number(message)) throw new Error(message);
      },
      { attempts: 3, delayMillis: 100, jitter: false },
    );
    const outcomes = numbered(4).map((emission) =>
      Promise.resolve(sink(emission, callOf())).then(
        () => 'delivered',
        (error: Error) => error.message,
      ),
    );
    await vi.runAllTimersAsync();
    expect(await Promise.all(outcomes)).toEqual(['delivered', 'delivered', 'delivered', '3']);
    expect(tries).toEqual(['0', '1', '2', '3', '1', '2', '3', '2', '3']);
  });

  test('retrying() - leaves no listener on the signal behind', async () => {
    const { signal } = new AbortController();
    const added = vi.spyOn(signal, 'addEventListener');
    const removed = vi.spyOn(signal, 'removeEventListener');
    const outcome = retrying(failing(3).sink, { attempts: 4 })(emissionOf(), callOf(signal));
    await vi.runAllTimersAsync();
    await outcome;
    expect(added).toHaveBeenCalledTimes(3);
    expect(removed.mock.calls.map(([, listener]) => listener)).toEqual(
      added.mock.calls.map(([, listener]) => listener),
    );
  });

  test('retrying() - does not keep the process alive', () => {
    vi.useRealTimers();
    const timers = vi.spyOn(globalThis, 'setTimeout');
    const controller = new AbortController();
    const outcome = retrying(failing(1).sink, { attempts: 2, delayMillis: 60_000 })(
      emissionOf(),
      callOf(controller.signal),
    );
    Promise.resolve(outcome).catch(() => {});
    expect(timers.mock.results.map(({ value }) => value.hasRef())).toEqual([false]);
    controller.abort();
  });

  test.each<[Partial<RetryOptions>, string]>([
    [{ attempts: 0 }, 'retrying: `attempts` is 0. Give a whole number from 1.'],
    [{}, 'retrying: `attempts` is undefined. Give a whole number from 1.'],
    [{ attempts: 2, delayMillis: -1 }, 'retrying: `delayMillis` is -1. Give milliseconds'],
    [{ attempts: 2, maxDelayMillis: 2 ** 31 }, 'retrying: `maxDelayMillis` is 2147483648. Give milliseconds'],
  ])('retrying() - refuses %o', (options, message) => {
    expect(() => retrying(() => {}, options as RetryOptions)).toThrow(SignalboxError);
    expect(() => retrying(() => {}, options as RetryOptions)).toThrow(message);
  });
});
