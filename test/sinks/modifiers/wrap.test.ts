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

describe('wrap()', () => {
  test('wrap() - adds no close where there is nothing to close', () => {
    expect(
      wrap(
        () => {},
        () => {},
      ).close,
    ).toBeUndefined();
  });

  test('wrap() - closes all, also where one throws, and then tells so', async () => {
    const last = vi.fn();
    const broken = closable(() => {
      throw new Error('busy');
    });
    await expect(wrap(() => {}, broken, closable(last)).close?.()).rejects.toThrow('busy');
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
  ])('wrap() - a sink is closed through %s', async (_, modify) => {
    const close = vi.fn();
    await modify(modify(closable(close))).close?.();
    expect(close).toHaveBeenCalled();
  });
});
