import { describe, expect, test } from 'vitest';
import { Recent } from '../../src/jobs/bounded-map.js';

const MOST = 10_000;

describe('Recent', () => {
  test('keep() - at the most it forgets the one that was kept longest ago, and no other', () => {
    const recent = new Recent<number>();
    for (let i = 0; i < MOST; i++) recent.keep(`job-${i}`, i);
    recent.keep('job-0', 7);
    recent.keep('one more', 8);
    expect(recent.has('job-1')).toBe(false);
    expect([recent.get('job-0'), recent.get('job-2'), recent.get('one more')]).toEqual([7, 2, 8]);
  });

  test('forget() - makes room', () => {
    const recent = new Recent<number>();
    for (let i = 0; i < MOST; i++) recent.keep(`job-${i}`, i);
    recent.forget('job-5');
    recent.keep('one more', 8);
    expect([recent.has('job-0'), recent.has('job-5'), recent.has('one more')]).toEqual([true, false, true]);
  });

  test('keep() - of large values it keeps what 8 MiB hold, the newest', () => {
    const recent = new Recent<{ readonly carrier: Readonly<Record<string, string>> }>();
    for (let i = 0; i < 20; i++) recent.keep(`job-${i}`, { carrier: { baggage: 'x'.repeat(1024 * 1024) } });
    const kept = Array.from({ length: 20 }, (_, i) => recent.has(`job-${i}`));
    expect(kept).toEqual(Array.from({ length: 20 }, (_, i) => i >= 13));
    recent.keep('job-19', { carrier: {} });
    for (let i = 0; i < 5; i++) recent.keep(`small-${i}`, { carrier: {} });
    expect(recent.has('job-13')).toBe(true);
  });

  test('keep() - what is larger than all is not kept, and pushes nothing out', () => {
    const recent = new Recent<string>();
    recent.keep('small', 'x');
    recent.keep('large', 'x'.repeat(9 * 1024 * 1024));
    expect([recent.has('small'), recent.has('large')]).toEqual([true, false]);
  });

  test('keep() - gives back what was kept, as it was', () => {
    const recent = new Recent<unknown>();
    const value = {
      carrier: Object.freeze({ traceparent: 'x'.repeat(55) }),
      number: 2,
      list: ['a', 1, null],
      when: new Date(0),
    };
    recent.keep('job', value);
    expect(recent.get('job')).toEqual(value);
    expect(Object.isFrozen((recent.get('job') as typeof value).carrier)).toBe(true);
  });
});
