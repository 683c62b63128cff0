import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { defaultCapacity, Queue } from '../../src/delivery/queue.js';
import { SignalboxError } from '../../src/signal/problem.js';

describe('Queue', () => {
  test('Queue - holds 16,384 items by default', () => {
    expect(defaultCapacity).toBe(16_384);
    expect(new Queue().capacity).toBe(16_384);
  });

  test.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '10'])(
    'Queue - refuses the capacity %s in a sentence that names it',
    (capacity) => {
      expect(() => new Queue(capacity as number)).toThrow(SignalboxError);
      expect(() => new Queue(capacity as number)).toThrow(
        `\`capacity\` is ${typeof capacity === 'string' ? "'10'" : capacity}. Give a whole number from 1.`,
      );
    },
  );

  test('Queue - does as a bounded array does, whatever the order of steps', () => {
    const step = fc.oneof(
      { weight: 60, arbitrary: fc.constant('push') },
      { weight: 35, arbitrary: fc.constant('shift') },
      { weight: 5, arbitrary: fc.constant('peek') },
      { weight: 1, arbitrary: fc.constant('clear') },
    );
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 70 }),
        fc.array(step, { maxLength: 400, size: 'max' }),
        (capacity, steps) => {
          const queue = new Queue<{ n: number }>(capacity);
          const model: { n: number }[] = [];
          for (const [n, name] of steps.entries()) {
            if (name === 'push') {
              const item = { n };
              const fits = model.length < capacity;
              if (fits) model.push(item);
              expect(queue.push(item)).toBe(fits);
            } else if (name === 'shift') expect(queue.shift()).toBe(model.shift());
            else if (name === 'peek') expect(queue.peek()).toBe(model[0]);
            else expect(queue.clear()).toBe(model.splice(0).length);
            expect(queue.size).toBe(model.length);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});
