import fc from 'fast-check';
import { expect, test } from 'vitest';
import { inHalves } from '../../../src/sinks/webhook/in-halves.js';

test('inHalves() - loses those alone that are refused, in few requests, and sends the others once and in order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.boolean(), { minLength: 1, maxLength: 64 }), async (isBad) => {
      const items = isBad.map((_, i) => i);
      const taken: number[] = [];
      const error = new Error('refused');
      let requests = 0;
      const outcomes = await inHalves(items, async (part) => {
        requests++;
        if (part.some((i) => isBad[i])) return { outcome: 'invalid', error };
        taken.push(...part);
        return { outcome: 'delivered' };
      });
      const n = items.length;
      const bad = isBad.filter(Boolean).length;
      const tried = bad === n ? Math.min(2 * n - 1, 2 * Math.ceil(Math.log2(n)) + 3) : undefined;
      expect(requests).toBeLessThanOrEqual(tried ?? 2 * n - 1);
      if (bad === 1) expect(requests).toBeLessThanOrEqual(1 + 2 * Math.ceil(Math.log2(n)));
      expect(taken).toEqual([...taken].sort((a, b) => a - b));
      expect(new Set(taken).size).toBe(taken.length);
      expect(outcomes).toHaveLength(n);
      for (const [i, outcome] of outcomes.entries())
        expect(outcome).toEqual(taken.includes(i) ? undefined : { failed: error });
      if (taken.length > 0) expect(taken).toEqual(items.filter((i) => !isBad[i]));
    }),
    { numRuns: 300 },
  );
});

test('inHalves() - what fails otherwise fails as a whole', async () => {
  const error = new Error('down');
  const parts: number[] = [];
  const outcomes = await inHalves([1, 2, 3], async (part) => {
    parts.push(part.length);
    return { outcome: 'failed', error };
  });
  expect(parts).toEqual([3]);
  expect(outcomes).toEqual(Array(3).fill({ failed: error }));
});
