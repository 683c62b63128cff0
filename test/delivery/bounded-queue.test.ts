import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { defaultCapacity, Queue } from '../../src/delivery/bounded-queue.js';
import { SignalboxError } from '../../src/signal/signalbox-error.js';

describe('Queue', () => {
  test('Queue - holds 16,384 items and 64 MiB by default', () => {
    expect(defaultCapacity).toBe(16_384);
    expect(new Queue().capacity).toBe(16_384);
    expect(new Queue().capacityBytes).toBe(64 * 1024 * 1024);
  });

  test.each([
    { items: 0 },
    { items: -1 },
    { items: 1.5 },
    { items: Number.NaN },
    { items: '10' },
    { bytes: 0 },
    { bytes: Number.POSITIVE_INFINITY },
    { bytes: '10' },
  ])('Queue - refuses the bounds %o in a sentence that names the one', (bounds) => {
    const [name, value] = Object.entries(bounds)[0] as [string, unknown];
    const bound = name === 'items' ? 'capacity' : 'capacityBytes';
    const shown = typeof value === 'string' ? "'10'" : value;
    expect(() => new Queue(bounds as { items: number })).toThrow(SignalboxError);
    expect(() => new Queue(bounds as { items: number })).toThrow(
      `\`${bound}\` is ${shown}. Give a whole number from 1.`,
    );
  });

  test('Queue - without a bound in items is bounded by bytes alone', () => {
    const queue = new Queue<{ n: number }>({ items: Number.POSITIVE_INFINITY, bytes: 100_000 });
    for (let n = 0; n < 100_000; n++) expect(queue.push({ n }, 1)).toBeUndefined();
    expect(queue.push({ n: -1 }, 1)).toBe('queue_bytes');
    expect(queue.clear().map(({ n }) => n)).toEqual(Array.from({ length: 100_000 }, (_, n) => n));
  });

  test('Queue - does as a bounded array does, whatever the order of steps', () => {
    const step = fc.oneof(
      { weight: 60, arbitrary: fc.constant('push') },
      { weight: 35, arbitrary: fc.constant('shift') },
      { weight: 20, arbitrary: fc.constant('take') },
      { weight: 15, arbitrary: fc.constant('free') },
      { weight: 5, arbitrary: fc.constant('peek') },
      { weight: 1, arbitrary: fc.constant('clear') },
    );
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 70 }),
        fc.integer({ min: 1, max: 400 }),
        fc.array(step, { maxLength: 400, size: 'max' }),
        (items, bytes, steps) => {
          const queue = new Queue<{ n: number; weight: number }>({ items, bytes });
          const model: { n: number; weight: number }[] = [];
          const taken: { n: number; weight: number }[] = [];
          const weight = (): number => [...model, ...taken].reduce((sum, item) => sum + item.weight, 0);
          for (const [n, name] of steps.entries()) {
            if (name === 'push') {
              const item = { n, weight: n % 17 };
              const refusal =
                model.length + taken.length >= items
                  ? 'queue_full'
                  : weight() + item.weight > bytes
                    ? 'queue_bytes'
                    : undefined;
              if (!refusal) model.push(item);
              expect(queue.push(item, item.weight)).toBe(refusal);
            } else if (name === 'shift') expect(queue.shift()).toBe(model.shift());
            else if (name === 'take') {
              expect(queue.take()).toBe(model[0]);
              taken.push(...model.splice(0, 1));
            } else if (name === 'free') for (const freed of taken.splice(n % 3, 1)) queue.free(freed.weight);
            else if (name === 'peek') expect(queue.peek()).toBe(model[0]);
            else expect(queue.clear()).toEqual(model.splice(0));
            expect(queue.size).toBe(model.length + taken.length);
            expect(queue.bytes).toBe(weight());
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});
