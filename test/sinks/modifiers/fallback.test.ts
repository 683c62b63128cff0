import { describe, expect, test, vi } from 'vitest';
import type { SinkFunction } from '../../../src/delivery/sink-function.js';
import { SignalboxError } from '../../../src/signal/signalbox-error.js';
import { fallback } from '../../../src/sinks/modifiers/fallback.js';
import { callOf, emissionOf, revoked } from '../../delivery/helpers.js';

const fails: readonly (readonly [string, SinkFunction])[] = [
  [
    'throws',
    () => {
      throw new Error('first');
    },
  ],
  ['rejects', () => Promise.reject(new Error('first'))],
];

describe('fallback()', () => {
  test.each(fails)(
    'fallback() - gives what the first %s on to the other, whose outcome counts',
    async (_, first) => {
      const emission = emissionOf();
      const call = callOf();
      const other = vi.fn(async () => ({ dropped: 'other' }));
      expect(await fallback(first, other)(emission, call)).toEqual({ dropped: 'other' });
      expect(other.mock.calls).toEqual([[emission, call]]);
    },
  );

  test.each(['circuit_open', 'rate_limited'])(
    'fallback() - gives on what the first refuses as %s',
    async (dropped) => {
      const other = vi.fn(() => ({ dropped: 'other' }));
      expect(fallback(() => ({ dropped }), other)(emissionOf(), callOf())).toEqual({ dropped: 'other' });
      expect(await fallback(async () => ({ dropped }), other)(emissionOf(), callOf())).toEqual({
        dropped: 'other',
      });
    },
  );

  test.each([undefined, { dropped: 'filtered' }])(
    'fallback() - leaves the answer %o as it is',
    async (answer) => {
      const other = vi.fn();
      expect(fallback(() => answer, other)(emissionOf(), callOf())).toBe(answer);
      expect(await fallback(async () => answer, other)(emissionOf(), callOf())).toBe(answer);
      expect(other).not.toHaveBeenCalled();
    },
  );

  test.each(fails)('fallback() - tells of both where the other %s too', async (_, broken) => {
    const outcome = fallback(() => Promise.reject(new Error('refused')), broken)(emissionOf(), callOf());
    await expect(outcome).rejects.toThrow('refused; its fallback: first');
    const hostile = fallback(() => Promise.reject(revoked()), broken)(emissionOf(), callOf());
    await expect(hostile).rejects.toThrow('an unreadable error; its fallback: first');
  });

  test('fallback() - delivers nothing more after the deadline of the box', async () => {
    const other = vi.fn();
    const sink = fallback(() => Promise.reject(new Error('cut off')), other);
    await expect(sink(emissionOf(), callOf(AbortSignal.abort()))).rejects.toThrow('cut off');
    expect(other).not.toHaveBeenCalled();
  });

  test('fallback() - refuses what is no sink, in either place', () => {
    expect(() => fallback(undefined as never, () => {})).toThrow(SignalboxError);
    expect(() => fallback(() => {}, undefined as never)).toThrow(
      'fallback: the sink is undefined. Give a function',
    );
  });
});
