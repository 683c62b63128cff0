import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { keptSize } from '../../scripts/size/kept.js';
import { CEILING, mayKeep, sizeOf } from '../../scripts/size/size.js';
import { packed } from './support/packed.js';

const { folder } = packed();

describe('size - of all that signalbox exports, bundled, minified and gzipped', () => {
  test('size - is not over the one that is kept; `npm run size` keeps a smaller one', async () => {
    const size = await sizeOf(join(folder, 'dist/index.js'));
    expect(size).toBeLessThanOrEqual(keptSize());
    // A bundle that lost its code would be small too.
    expect(size).toBeGreaterThan(keptSize() / 2);
  });

  test('mayKeep() - below 24 kB a size may grow up to that, and above it only fall', () => {
    expect(CEILING).toBe(24_000);
    expect(mayKeep(24_000, 21_000)).toBe(true);
    expect(mayKeep(24_001, 21_000)).toBe(false);
    expect(mayKeep(36_000, 36_001)).toBe(true);
    expect(mayKeep(36_002, 36_001)).toBe(false);
  });
});
