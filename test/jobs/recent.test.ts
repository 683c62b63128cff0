import { describe, expect, test } from 'vitest';
import { Recent } from '../../src/jobs/recent.js';

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
});
