import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { SignalboxError } from '../../../src/signal/signalbox-error.js';
import { timed } from '../../../src/sinks/modifiers/timed.js';
import { callOf, emissionOf, thenable, waiting } from '../../delivery/helpers.js';

describe('timed()', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  test('timed() - gives back at once what a sink answers at once, without a timer', () => {
    expect(timed(() => ({ dropped: 'x' }), 100)(emissionOf(), callOf())).toEqual({ dropped: 'x' });
    expect(vi.getTimerCount()).toBe(0);
  });

  test('timed() - gives back the answer or the failure that comes in time, and stops its timer', async () => {
    const yes = waiting<{ dropped: string }>();
    const answer = timed(() => yes.promise, 100)(emissionOf(), callOf());
    expect(vi.getTimerCount()).toBe(1);
    await vi.advanceTimersByTimeAsync(99);
    yes.resolve({ dropped: 'x' });
    expect(await answer).toEqual({ dropped: 'x' });
    expect(vi.getTimerCount()).toBe(0);

    const failure = timed(() => Promise.reject(new Error('no')), 100)(emissionOf(), callOf());
    await expect(failure).rejects.toThrow('no');
    expect(vi.getTimerCount()).toBe(0);
  });

  test('timed() - fails at the limit and aborts the signal of the sink, not that of the call', async () => {
    const call = callOf();
    let inner: AbortSignal | undefined;
    const late = waiting();
    const answer = timed((_, { signal }) => {
      inner = signal;
      return late.promise;
    }, 100)(emissionOf(), call);
    const caught = Promise.resolve(answer).catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(99);
    expect(inner?.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    const error = await caught;
    expect(error).toMatchObject({ name: 'TimeoutError', message: 'no answer within 100 ms' });
    expect(inner?.aborted).toBe(true);
    expect(inner?.reason).toBe(error);
    expect(call.signal.aborted).toBe(false);
    late.reject(new Error('too late to matter'));
    await vi.runAllTimersAsync();
  });

  test('timed() - limits each of several in flight by itself', async () => {
    const inner: AbortSignal[] = [];
    const sink = timed((_, { signal }) => {
      inner.push(signal);
      return new Promise(() => {});
    }, 100);
    const begin = (): Promise<unknown> =>
      Promise.resolve(sink(emissionOf(), callOf())).catch(({ name }: Error) => name);
    const first = begin();
    await vi.advanceTimersByTimeAsync(60);
    const second = begin();
    await vi.advanceTimersByTimeAsync(40);
    expect(await first).toBe('TimeoutError');
    expect(inner.map(({ aborted }) => aborted)).toEqual([true, false]);
    await vi.advanceTimersByTimeAsync(60);
    expect(await second).toBe('TimeoutError');
  });

  test('timed() - ends with the call when that is aborted first', async () => {
    const controller = new AbortController();
    let inner: AbortSignal | undefined;
    const answer = timed((_, { signal }) => {
      inner = signal;
      return new Promise(() => {});
    }, 100)(emissionOf(), callOf(controller.signal));
    const caught = Promise.resolve(answer).catch((error: unknown) => error);
    controller.abort('shut down');
    expect(await caught).toBe('shut down');
    expect(inner?.aborted).toBe(true);
    expect(vi.getTimerCount()).toBe(0);

    const after = timed(() => new Promise(() => {}), 100)(emissionOf(), callOf(controller.signal));
    await expect(after).rejects.toBe('shut down');
    expect(vi.getTimerCount()).toBe(0);
  });

  test('timed() - turns what a thenable throws into a failure', async () => {
    const sink = timed(
      () =>
        thenable(() => {
          throw new Error('no');
        }),
      100,
    );
    await expect(sink(emissionOf(), callOf())).rejects.toThrow('no');
  });

  test('timed() - does not keep the process alive', () => {
    vi.useRealTimers();
    const timers = vi.spyOn(globalThis, 'setTimeout');
    const controller = new AbortController();
    const answer = timed(() => new Promise(() => {}), 60_000)(emissionOf(), callOf(controller.signal));
    Promise.resolve(answer).catch(() => {});
    expect(timers.mock.results.map(({ value }) => value.hasRef())).toEqual([false]);
    controller.abort();
  });

  test.each([0, -5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31, '100'])(
    'timed() - refuses the limit %o',
    (millis) => {
      expect(() => timed(() => {}, millis as number)).toThrow(SignalboxError);
      expect(() => timed(() => {}, millis as number)).toThrow(/^timed: `millis` is .+\. Give milliseconds/);
    },
  );
});
