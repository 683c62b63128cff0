import { describe, expect, test } from 'vitest';
import { claim, observers } from '../../../src/adapters/common/claim.js';

describe('claim()', () => {
  test('claim() - an object has one observer, the first', () => {
    const [queue, first, second] = [{}, {}, {}];
    expect(claim(queue, first)).toBe(true);
    expect(claim(queue, second)).toBe(false);
    expect(claim(queue, first)).toBe(false);
    expect(observers().get(queue)).toBe(first);
  });
});
