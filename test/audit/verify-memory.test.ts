import { expect, test } from 'vitest';
import { verifyMemory } from './verify-memory.js';

test('audit verify - takes less memory than a long trail has bytes', async () => {
  const { bytes, grownMib } = await verifyMemory(300_000);
  // What keeps the lines grows by more; what is read at a time, and garbage, is in it.
  expect(bytes / 2 ** 20).toBeGreaterThan(70);
  expect(grownMib).toBeLessThan(50);
}, 300_000);
