import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { SinkFunction } from '../../../src/delivery/sink-function.js';
import type { Emission, Leaving } from '../../../src/emission/emission.js';
import * as field from '../../../src/signal/field.js';
import { defineSignal } from '../../../src/signal/signal.js';
import { SignalboxError } from '../../../src/signal/signalbox-error.js';
import { sampled } from '../../../src/sinks/modifiers/sampled.js';
import { callOf, emissionOf, numbered } from '../../delivery/helpers.js';

describe('sampled()', () => {
  test('sampled() - lets the ratio through, give or take one, at any time and for any ratio', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer({ min: 1, max: 2_000 }),
        (ratio, n) => {
          let passed = 0;
          const sink = sampled(() => void passed++, { ratio });
          const emission = emissionOf();
          for (let i = 1; i <= n; i++) {
            const answer = sink(emission, callOf());
            expect(answer).toEqual(answer === undefined ? undefined : { dropped: 'sampled' });
            expect(Math.abs(passed - i * ratio)).toBeLessThanOrEqual(1 + 1e-9);
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  test('sampled() - with ratio 0 drops all, with ratio 1 none', () => {
    const sink = vi.fn();
    const none = sampled(sink, { ratio: 0 });
    const all = sampled(sink, { ratio: 1 });
    for (const emission of numbered(100)) none(emission, callOf());
    expect(sink).not.toHaveBeenCalled();
    for (const emission of numbered(100)) all(emission, callOf());
    expect(sink).toHaveBeenCalledTimes(100);
  });

  test('sampled() - is not led by a pattern: of starts and ends in turn it takes both', () => {
    const seen = { starts: 0, ends: 0 };
    const half = sampled(({ message }) => void seen[Number(message) % 2 === 0 ? 'starts' : 'ends']++, {
      ratio: 0.5,
    });
    for (const emission of numbered(1_000)) half(emission, callOf());
    expect(seen.starts + seen.ends).toBe(500);
    // Beyond 5 standard deviations on either side: it fails once in some millions of runs.
    expect(Math.min(seen.starts, seen.ends)).toBeGreaterThan(190);
  });

  test.each([-0.1, 1.1, Number.NaN, undefined, '0.5'])('sampled() - refuses the ratio %o', (ratio) => {
    expect(() => sampled(() => {}, { ratio: ratio as number })).toThrow(SignalboxError);
    expect(() => sampled(() => {}, { ratio: ratio as number })).toThrow(
      /`ratio` is .+\. Give a number from 0 to 1\./,
    );
  });
});

/** By what FNV-1a and MurmurHash3's last step make of each key. */
const KEPT_AT_HALF: readonly string[] = ['a', 'c', 'e', 'g', 'h', '😀'];
const FAILED = defineSignal('SHOP_FAILED', { severity: 'info', fields: { reason: field.error() } });
const SOLD = defineSignal('SHOP_SOLD', { fields: { customer: field.id() } });
const LOST = defineSignal('SHOP_LOST', { severity: 'error' });
const of = (customer: string): Emission => emissionOf(SOLD, { customer });
const byCustomer = ({ fields }: Emission): Leaving | undefined => fields.customer;

describe('sampled() by key', () => {
  const keptBy = (sink: SinkFunction, emissions: readonly Emission[]): Set<unknown> =>
    new Set(emissions.filter((e) => sink(e, callOf()) === undefined).map((e) => e.fields.customer));

  test('sampled() - keeps all of a key or none, whenever and wherever it is asked', () => {
    const keys = Array.from({ length: 500 }, (_, i) => of(`customer-${i}`));
    const one = sampled(() => {}, { ratio: 0.3, by: byCustomer });
    const other = sampled(() => {}, { ratio: 0.3, by: byCustomer });
    const kept = keptBy(one, keys);
    expect(keptBy(other, [...keys].reverse())).toEqual(kept);
    for (const emission of [...keys, ...keys])
      expect(one(emission, callOf()) === undefined).toBe(kept.has(emission.fields.customer));
  });

  test('sampled() - decides by the key alone, in each process and release the same', () => {
    const sink = sampled(() => {}, { ratio: 0.5, by: byCustomer });
    const kept = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'ä', '😀'].filter(
      (key) => sink(of(key), callOf()) === undefined,
    );
    expect(kept).toEqual(KEPT_AT_HALF);
  });

  test('sampled() - a key that passes at one ratio passes at each larger one', () => {
    const keys = Array.from({ length: 1_000 }, (_, i) => of(String(i)));
    let before = new Set<unknown>();
    for (const ratio of [0, 0.1, 0.4, 0.9, 1]) {
      const kept = keptBy(
        sampled(() => {}, { ratio, by: byCustomer }),
        keys,
      );
      expect([...before].every((key) => kept.has(key))).toBe(true);
      before = kept;
    }
    expect(before.size).toBe(1_000);
  });

  test.each<[string, (i: number) => string]>([
    ['numbers', String],
    ['numbers behind a long name', (i) => `${'customer-of-the-shop-'.repeat(5)}${i}`],
    ['ids that differ at their start', (i) => `${i}-of-the-same-kind`],
  ])('sampled() - keeps about the share of keys that are %s', (_, key) => {
    const keys = Array.from({ length: 10_000 }, (_, i) => of(key(i)));
    for (const ratio of [0.01, 0.25, 0.5]) {
      const { size } = keptBy(
        sampled(() => {}, { ratio, by: byCustomer }),
        keys,
      );
      // The hash is fixed, so this comes out the same each time: within 4 standard deviations of chance.
      expect(Math.abs(size - 10_000 * ratio)).toBeLessThan(4 * Math.sqrt(10_000 * ratio * (1 - ratio)));
    }
  });

  test('sampled() - samples what has no key one by one', () => {
    const sink = sampled(() => {}, { ratio: 0.5, by: () => undefined });
    const passed = numbered(1_000).filter((emission) => sink(emission, callOf()) === undefined);
    expect(Math.abs(passed.length - 500)).toBeLessThanOrEqual(1);
  });

  test('sampled() - counts an emission as failed whose key throws or is a promise', () => {
    const throwing = sampled(() => {}, {
      ratio: 1,
      by: () => {
        throw new Error('no key');
      },
    });
    expect(() => throwing(emissionOf(), callOf())).toThrow('no key');
    const late = sampled(() => {}, {
      ratio: 1,
      by: (async () => Promise.reject(new Error('late'))) as never,
    });
    expect(() => late(emissionOf(), callOf())).toThrow('`by` of sampled() gave a promise');
  });
});

describe('sampled() by rate', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());
  const passing = (sink: SinkFunction, emissions: readonly Emission[]): number =>
    emissions.filter((emission) => sink(emission, callOf()) === undefined).length;

  test('sampled() - lets so many of each signal through a second', () => {
    const sink = sampled(() => {}, { perSecond: 2 });
    const all = [...Array(5).fill(of('a')), ...Array(5).fill(emissionOf())] as Emission[];
    expect(passing(sink, all)).toBe(4);
    vi.advanceTimersByTime(500);
    expect(passing(sink, all)).toBe(2);
    expect(sink(emissionOf(), callOf())).toEqual({ dropped: 'sampled' });
  });

  test('sampled() - lets so many of each key through, less than one a second too', () => {
    const sink = sampled(() => {}, { perSecond: 0.1, by: byCustomer });
    expect(passing(sink, [of('a'), of('a'), of('b'), of('b')])).toBe(2);
    vi.advanceTimersByTime(9_999);
    expect(passing(sink, [of('a'), of('b')])).toBe(0);
    vi.advanceTimersByTime(1);
    expect(passing(sink, [of('a'), of('a'), of('b')])).toBe(2);
  });

  test('sampled() - tells 10,000 keys apart; those beyond share one rate until others have been quiet', () => {
    const sink = sampled(() => {}, { perSecond: 1, by: byCustomer });
    const keys = Array.from({ length: 10_050 }, (_, i) => of(String(i)));
    expect(passing(sink, keys)).toBe(10_001);
    expect(passing(sink, keys)).toBe(0);
    vi.advanceTimersByTime(1_000);
    // The oldest are full again, and make room.
    expect(passing(sink, keys.slice(10_000))).toBe(50);
  });
});

describe('errors in sampled()', () => {
  const errors: readonly (readonly [string, Emission])[] = [
    ['of severity error', emissionOf(LOST)],
    ['of severity fatal', emissionOf(SOLD, {}, { severity: 'fatal' })],
    [
      'with an error among its fields',
      emissionOf(FAILED, { reason: 'no' }, { errors: { reason: { type: 'Error', message: 'no' } } }),
    ],
    ['with an error that is not revealed', emissionOf(FAILED, { reason: '[redacted]' })],
  ];

  test.each(errors)('sampled() - an emission %s passes, and takes nothing of the share', (_, emission) => {
    for (const options of [{ ratio: 0 }, { ratio: 0, by: () => 'a' }, { perSecond: 1e-9 }]) {
      const sink = sampled(() => {}, options);
      expect([sink(emission, callOf()), sink(emission, callOf())]).toEqual([undefined, undefined]);
    }
    const half = sampled(() => {}, { ratio: 0.5 });
    let passed = 0;
    for (let i = 0; i < 100; i++) {
      half(emission, callOf());
      if (half(of('a'), callOf()) === undefined) passed++;
    }
    expect(Math.abs(passed - 50)).toBeLessThanOrEqual(1);
  });

  test.each(errors)(
    'sampled() - an emission %s is sampled as others where that is asked for',
    (_, emission) => {
      const sink = sampled(() => {}, { ratio: 0, keepErrors: false });
      expect(sink(emission, callOf())).toEqual({ dropped: 'sampled' });
    },
  );

  test('sampled() - a warning is no error', () => {
    expect(sampled(() => {}, { ratio: 0 })(emissionOf(SOLD, {}, { severity: 'warn' }), callOf())).toEqual({
      dropped: 'sampled',
    });
    expect(sampled(() => {}, { ratio: 0 })(emissionOf(FAILED), callOf())).toEqual({ dropped: 'sampled' });
  });
});

test.each<[unknown, string]>([
  [{ ratio: 1, perSecond: 1 }, 'sampled: both `ratio` (1) and `perSecond` (1) are given. Give one of them'],
  [{ perSecond: 0 }, 'sampled: `perSecond` is 0. Give a number above 0.'],
  [{ ratio: 1, by: 'customer' }, "sampled: `by` is 'customer'. Give a function"],
  [{ ratio: 1, keepErrors: 1 }, 'sampled: `keepErrors` is 1. Use true or false.'],
])('sampled() - refuses %o', (options, message) => {
  expect(() => sampled(() => {}, options as never)).toThrow(SignalboxError);
  expect(() => sampled(() => {}, options as never)).toThrow(message);
});
