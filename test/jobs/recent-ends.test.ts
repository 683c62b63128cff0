import { expect, test } from 'vitest';
import { RecentEnds } from '../../src/jobs/recent-ends.js';

const END = { at: 1 };

test('RecentEnds - keeps the last 5,000 at least and 10,000 at most', () => {
  const ends = new RecentEnds();
  for (let n = 0; n < 23_456; n++) ends.keep(String(n), END);
  const kept = Array.from({ length: 23_456 }, (_, n) => ends.get(String(n)) !== undefined);
  const count = kept.filter(Boolean).length;
  expect(count).toBeGreaterThanOrEqual(5000);
  expect(count).toBeLessThanOrEqual(10_000);
  expect(kept.slice(-5000).every(Boolean)).toBe(true);
});

test('RecentEnds - of long ids it keeps fewer', () => {
  const ends = new RecentEnds();
  const idOf = (n: number): string => String(n).padStart(4096, '0');
  for (let n = 0; n < 5000; n++) ends.keep(idOf(n), END);
  const kept = Array.from({ length: 5000 }, (_, n) => ends.get(idOf(n)) !== undefined).filter(Boolean);
  expect(kept.length).toBeLessThanOrEqual(2100);
  expect(ends.get(idOf(4999))).toBe(END);
});

test('RecentEnds - what is forgotten is gone from both generations, and what is kept anew is the later one', () => {
  const ends = new RecentEnds();
  ends.keep('a', END);
  for (let n = 0; n < 5000; n++) ends.keep(String(n), END);
  const later = { at: 2 };
  ends.keep('a', later);
  expect(ends.get('a')).toBe(later);
  ends.forget('a');
  expect(ends.get('a')).toBeUndefined();
});
