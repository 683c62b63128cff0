import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Heap } from '../../../examples/job-queue/queue/heap.js';

interface Item {
  readonly rank: number;
}

const byRank = (a: Item, b: Item): boolean => a.rank < b.rank;

function drain(heap: Heap<Item>): number[] {
  const ranks: number[] = [];
  for (let item = heap.take(); item !== undefined; item = heap.take()) ranks.push(item.rank);
  return ranks;
}

describe('Heap', () => {
  test('take() - returns undefined when the heap is empty', () => {
    expect(new Heap<Item>(byRank).take()).toBeUndefined();
  });

  test('delete() - says false for an item that is not in, and changes nothing', () => {
    const heap = new Heap<Item>(byRank);
    heap.add({ rank: 1 });
    expect(heap.delete({ rank: 1 })).toBe(false);
    expect(heap.size).toBe(1);
  });

  test('Heap - holds what was added and not removed, and gives it back in order, whatever the program', () => {
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.record({ add: fc.integer({ min: 0, max: 99 }) }) },
      { weight: 2, arbitrary: fc.record({ remove: fc.nat() }) },
      { weight: 1, arbitrary: fc.constant('take' as const) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 150, size: 'max' }), (steps) => {
        const heap = new Heap<Item>(byRank);
        const model: Item[] = [];
        for (const each of steps) {
          if (each === 'take') {
            const taken = heap.take();
            expect(taken?.rank).toBe(
              model.length === 0 ? undefined : Math.min(...model.map(({ rank }) => rank)),
            );
            if (taken !== undefined) model.splice(model.indexOf(taken), 1);
          } else if ('add' in each) {
            const item = { rank: each.add };
            heap.add(item);
            model.push(item);
          } else {
            const [item] = model.splice(each.remove % Math.max(1, model.length), 1);
            if (item !== undefined) expect(heap.delete(item)).toBe(true);
          }
          expect(heap.size).toBe(model.length);
          for (const item of model) expect(heap.has(item)).toBe(true);
        }
        expect(drain(heap)).toEqual(model.map(({ rank }) => rank).sort((a, b) => a - b));
      }),
    );
  });
});
