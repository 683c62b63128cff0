import { describe, expect, test } from 'vitest';
import type { Change } from '../../src/routing/change.js';
import { standing, undo } from '../../src/routing/change.js';

describe('undo()', () => {
  test('undo() - changes that replace one another and are undone keep none of those before them', () => {
    let change: Change<number> = { value: 0 };
    let before: Change<number> | undefined;
    for (let value = 1; value <= 1000; value++) {
      const next = { value };
      undo(change, before);
      [before, change] = [change, next];
    }
    expect(standing(before)).toBeUndefined();
    expect(before).toEqual({ value: 999, undone: { before: undefined } });
  });

  test('undo() - is done once', () => {
    const [first, second] = [{ value: 1 }, { value: 2 }];
    undo(second, first);
    undo(first, undefined);
    undo(second, { value: 3 });
    expect(standing(second)).toBeUndefined();
  });
});
