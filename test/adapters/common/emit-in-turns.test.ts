import { describe, expect, test } from 'vitest';
import { inTurns } from '../../../src/adapters/common/emit-in-turns.js';

describe('inTurns()', () => {
  test('inTurns() - tells all, in their order, and lets others have a turn in between', async () => {
    const told: number[] = [];
    let turns = 0;
    let done = false;
    const count = (): void => {
      turns++;
      if (!done) setImmediate(count);
    };
    setImmediate(count);
    await inTurns(
      Array.from({ length: 1000 }, (_, n) => n),
      (n) => told.push(n),
    );
    done = true;
    expect(told).toEqual(Array.from({ length: 1000 }, (_, n) => n));
    expect(turns).toBeGreaterThanOrEqual(15);
  });

  test('inTurns() - tells few at once', () => {
    const told: string[] = [];
    void inTurns(['a', 'b'], (text) => told.push(text));
    expect(told).toEqual(['a', 'b']);
  });
});
