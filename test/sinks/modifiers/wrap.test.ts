import { describe, expect, test, vi } from 'vitest';
import type { SinkFunction } from '../../../src/delivery/sink-function.js';
import {
  circuitBreaker,
  fallback,
  filtered,
  rateLimited,
  retrying,
  sampled,
  timed,
} from '../../../src/sinks/index.js';
import { wrap } from '../../../src/sinks/modifiers/wrap.js';

function closable(close: () => void | Promise<void>): SinkFunction {
  return Object.assign(() => {}, { close });
}

const sink = (): SinkFunction => () => {};

describe('wrap()', () => {
  test('wrap() - adds no close where there is nothing to close', () => {
    expect(wrap(sink(), sink()).close).toBeUndefined();
  });

  test('wrap() - closes all, also where one throws, and then tells so', async () => {
    const last = vi.fn();
    const broken = closable(() => {
      throw new Error('busy');
    });
    await expect(wrap(sink(), broken, closable(last)).close?.()).rejects.toThrow('busy');
    expect(last).toHaveBeenCalledOnce();
  });

  test.each<[string, (fn: SinkFunction) => SinkFunction]>([
    ['circuitBreaker', (fn) => circuitBreaker(fn)],
    ['fallback, as the first', (fn) => fallback(fn, () => {})],
    ['fallback, as the other', (fn) => fallback(() => {}, fn)],
    ['filtered', (fn) => filtered(fn, () => true)],
    ['rateLimited', (fn) => rateLimited(fn, { perSecond: 1 })],
    ['retrying', (fn) => retrying(fn, { attempts: 2 })],
    ['sampled', (fn) => sampled(fn, { ratio: 1 })],
    ['timed', (fn) => timed(fn, 1)],
  ])('wrap() - a sink is closed, and told of drops, through %s', async (_, modify) => {
    const close = vi.fn();
    const lost = vi.fn();
    const modified = modify(modify(Object.assign(closable(close), { lost })));
    await modified.close?.();
    expect(close).toHaveBeenCalled();
    modified.lost?.('queue_full', 2);
    expect(lost).toHaveBeenCalledWith('queue_full', 2);
  });

  const twoInFlight = (): SinkFunction => Object.assign(() => {}, { inFlight: 2 });
  const threeInFlight = (): SinkFunction => Object.assign(() => {}, { inFlight: 3 });

  test.each<[string, (fn: SinkFunction) => SinkFunction]>([
    ['circuitBreaker', (fn) => circuitBreaker(fn)],
    ['filtered', (fn) => filtered(fn, () => true)],
    ['rateLimited', (fn) => rateLimited(fn, { perSecond: 1 })],
    ['retrying', (fn) => retrying(fn, { attempts: 2 })],
    ['sampled', (fn) => sampled(fn, { ratio: 1 })],
    ['timed', (fn) => timed(fn, 1)],
  ])('wrap() - takes as many in flight as what it wraps: %s', (_, modify) => {
    expect(modify(modify(twoInFlight())).inFlight).toBe(2);
    expect(modify(() => {}).inFlight).toBeUndefined();
  });

  const synced = (): SinkFunction => Object.assign(() => {}, { durable: true });

  test.each<[string, (fn: SinkFunction) => SinkFunction]>([
    ['circuitBreaker', (fn) => circuitBreaker(fn)],
    ['filtered', (fn) => filtered(fn, () => true)],
    ['rateLimited', (fn) => rateLimited(fn, { perSecond: 1 })],
    ['retrying', (fn) => retrying(fn, { attempts: 2 })],
    ['sampled', (fn) => sampled(fn, { ratio: 1 })],
    ['timed', (fn) => timed(fn, 1)],
    ['fallback, as the first', (fn) => fallback(fn, synced())],
    ['fallback, as the other', (fn) => fallback(synced(), fn)],
  ])('wrap() - is durable where all that it wraps is: %s', (_, modify) => {
    expect(modify(modify(synced())).durable).toBe(true);
    expect(modify(() => {}).durable).toBeUndefined();
  });

  test('wrap() - takes as many in flight as the one of two that takes more', () => {
    expect(fallback(twoInFlight(), threeInFlight()).inFlight).toBe(3);
    expect(fallback(threeInFlight(), () => {}).inFlight).toBe(3);
  });

  test('wrap() - flushes what it wraps, and is untraced where one of them is', () => {
    const flush = vi.fn();
    const flushed: SinkFunction = Object.assign(() => {}, { flush });
    const untraced: SinkFunction = Object.assign(() => {}, { untraced: true });
    fallback(
      timed(flushed, 1),
      filtered(flushed, () => true),
    ).flush?.();
    expect(flush).toHaveBeenCalledTimes(2);
    expect(timed(fallback(sink(), untraced), 1).untraced).toBe(true);
    const plain = fallback(sink(), sink());
    expect([plain.flush, plain.untraced]).toEqual([undefined, undefined]);
  });
});
