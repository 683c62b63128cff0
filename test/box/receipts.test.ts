import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { Receipts } from '../../src/box/receipts.js';
import type { Receipt } from '../../src/delivery/receipt.js';
import { settle } from '../delivery/helpers.js';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

test('close() - leaves nothing of who waited to a queue that keeps the receipt', async () => {
  const kept: Receipt[] = [];
  const gone = await (async () => {
    const receipts = new Receipts();
    kept.push(receipts.of('audit'));
    void receipts.settled();
    receipts.emit = 'emitted';
    expect(receipts.close().missing).toEqual({ audit: 'deadline' });
    return new WeakRef(receipts);
  })();
  // What a WeakRef was made of lives until the turn is over.
  await settle();
  collect();
  expect(gone.deref()).toBeUndefined();
  expect(() => kept[0]?.settle('delivered')).not.toThrow();
});

test('settle() - that throws leaves its destination among those that are missing', () => {
  const receipts = new Receipts();
  const [a, b] = [receipts.of('a'), receipts.of('b')];
  receipts.emit = 'emitted';
  const full = {
    get dropped(): string {
      throw new RangeError('Maximum call stack size exceeded');
    },
  };
  expect(() => a.settle(full)).toThrow(RangeError);
  b.settle('delivered');
  expect(receipts.close()).toEqual({ durable: false, by: ['b'], missing: { a: 'deadline' } });
});
