import type { Counts } from 'signalbox';
import { describe, expect, test } from 'vitest';
import { Arrivals } from './stage/arrivals.js';
import type { Ledger } from './stage/judge.js';
import { judge } from './stage/judge.js';

const COUNTS: Counts = {
  routed: 10,
  delivered: 5,
  handedOver: 0,
  failed: 2,
  dropped: { queue_full: 3 },
  queued: 0,
};

function arrived(...numbers: unknown[]): Arrivals {
  const arrivals = new Arrivals();
  for (const n of numbers) arrivals.take(n);
  return arrivals;
}

function unaccounted(more: Partial<Ledger>, counts: Partial<Counts> = {}): number {
  return judge({ where: 'it', emitted: 10, counts: { ...COUNTS, ...counts }, ...more }).unaccounted;
}

describe('judge()', () => {
  test('finds nothing where all is told as it was', () => {
    expect(unaccounted({ arrivals: arrived(0, 1, 2, 3, 4) })).toBe(0);
  });

  test('lets what failed have arrived', () => {
    expect(unaccounted({ arrivals: arrived(0, 1, 2, 3, 4, 8, 9) })).toBe(0);
  });

  test.each<[string, Partial<Ledger>, Partial<Counts>, number]>([
    ['what was emitted and not routed', {}, { routed: 9, failed: 1 }, 1],
    ['what has no outcome', {}, { failed: 1 }, 1],
    ['what is queued behind the shutdown', {}, { failed: 1, queued: 1 }, 1],
    ['counts below zero', {}, { failed: -1, queued: 3 }, 4],
    ['what is said to be delivered and did not arrive', { arrivals: arrived(0, 1, 2, 3) }, {}, 1],
    ['what is said to be dropped and arrived', { arrivals: arrived(0, 1, 2, 3, 4, 5, 6, 7) }, {}, 1],
    ['what arrived twice', { arrivals: arrived(0, 1, 2, 3, 4, 4) }, {}, 1],
    ['what nobody emitted', { arrivals: arrived(0, 1, 2, 3, 4, 'x') }, {}, 1],
    ['numbers that nobody gave out', { arrivals: arrived(0, 1, 2, 3, 10) }, {}, 1],
  ])('finds %s', (_, more, counts, n) => {
    expect(unaccounted(more, counts)).toBe(n);
  });

  test('takes it from an endpoint that makes things come twice', () => {
    expect(unaccounted({ arrivals: arrived(0, 1, 2, 3, 4, 4), mayDouble: true })).toBe(0);
  });
});
