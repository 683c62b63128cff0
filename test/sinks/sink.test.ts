import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { SinkFunction } from '../../src/delivery/sink-function.js';
import { SignalboxError } from '../../src/signal/signalbox-error.js';
import type { SinkOptions } from '../../src/sinks/sink.js';
import { sink } from '../../src/sinks/sink.js';
import { connectionOf, deadline, emissionOf } from '../delivery/helpers.js';

describe('sink()', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  async function countsOf(fn: SinkFunction, options?: SinkOptions, n = 1): Promise<unknown> {
    const connection = connectionOf();
    const port = sink(fn, options).connect(connection);
    for (let i = 0; i < n; i++) {
      port.accept?.(emissionOf());
    }
    const ended = port.shutdown(deadline());
    await vi.runAllTimersAsync();
    await ended;
    return connection.sinkAccount.counts();
  }

  test('sink() - without options is the function behind a queue of 16,384', async () => {
    const fn = vi.fn();
    expect(await countsOf(fn, undefined, 3)).toMatchObject({ routed: 3, delivered: 3 });
    expect(fn).toHaveBeenCalledTimes(3);
    expect(sink(fn).connect(connectionOf()).queue?.().capacity).toBe(16_384);
  });

  test('sink() - limits the time of each try, and tries again', async () => {
    const aborted: boolean[] = [];
    const fn: SinkFunction = (_, { signal }) => {
      const n = aborted.push(false) - 1;
      signal.addEventListener('abort', () => {
        aborted[n] = true;
      });
      return n === 2 ? Promise.resolve() : new Promise(() => {});
    };
    const options = { retry: { attempts: 3 }, timeoutMillis: 1_000 };
    expect(await countsOf(fn, options)).toMatchObject({ delivered: 1, failed: 0 });
    expect(aborted).toEqual([true, true, false]);
  });

  test('sink() - is one failure after its last try', async () => {
    const fn = vi.fn(() => Promise.reject(new Error('down')));
    expect(await countsOf(fn, { retry: { attempts: 4 } })).toMatchObject({ routed: 1, failed: 1 });
    expect(fn).toHaveBeenCalledTimes(4);
  });

  test('sink() - drops what is beyond its queue', async () => {
    expect(await countsOf(() => {}, { capacity: 2 }, 5)).toMatchObject({
      delivered: 2,
      dropped: { queue_full: 3 },
    });
  });

  test('sink() - stops trying at the shutdown deadline', async () => {
    const connection = connectionOf();
    const fn = vi.fn(() => Promise.reject(new Error('down')));
    const port = sink(fn, { retry: { attempts: 100, jitter: false } }).connect(connection);
    port.accept?.(emissionOf());
    await vi.advanceTimersByTimeAsync(150);
    expect(fn).toHaveBeenCalledTimes(2);
    const limit = deadline();
    const ended = port.shutdown(limit);
    limit.pass();
    await ended;
    await vi.runAllTimersAsync();
    expect(fn).toHaveBeenCalledTimes(2);
    expect(vi.getTimerCount()).toBe(0);
    expect(connection.sinkAccount.counts()).toMatchObject({ failed: 1, queued: 0 });
  });

  test('sink() - closes the function that it was given', async () => {
    const close = vi.fn();
    const fn = Object.assign(() => {}, { close });
    await countsOf(fn, { retry: { attempts: 2 }, timeoutMillis: 10 });
    expect(close).toHaveBeenCalledOnce();
  });

  test.each<[unknown, SinkOptions, string]>([
    [undefined, {}, 'sink: the sink is undefined. Give a function'],
    [sink(() => {}), {}, 'sink: the sink is a value of type object. Give a function'],
    [() => {}, { capacity: -1 }, 'sink: `capacity` is -1. Give a whole number from 1.'],
    [() => {}, { timeoutMillis: 0 }, 'sink: `timeoutMillis` is 0. Give milliseconds'],
    [() => {}, { retry: { attempts: 0 } }, '`attempts` is 0. Give a whole number from 1.'],
  ])('sink() - refuses %o with %o', (fn, options, message) => {
    expect(() => sink(fn as SinkFunction, options)).toThrow(SignalboxError);
    expect(() => sink(fn as SinkFunction, options)).toThrow(message);
  });
});
