import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createSignalbox, defineSignal, field } from 'signalbox';
import { expect, test, vi } from 'vitest';
import { wrong } from '../support/misuse.js';

let refused = 0;
vi.mock('../../src/development/teller.js', () => {
  refused++;
  throw new Error('it can not be loaded');
});

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;

const PAID = defineSignal('NOT_LOADED_PAID', { fields: { amount: field.number() } });

test('emit() - nothing of an app is kept where what tells can not be loaded', async () => {
  const box = createSignalbox({
    destinations: { seen: () => undefined },
    routes: [{ signals: '*', to: 'seen' }],
    development: true,
  });
  let reads = 0;
  const emit = (): WeakRef<object> => {
    const amount = { large: 'x'.repeat(1000) };
    box.emit(PAID, {
      get amount() {
        reads++;
        return wrong(amount);
      },
    });
    return new WeakRef(amount);
  };
  const waiting = emit();
  // Once for the emit, once to be kept until it can be told.
  expect(reads).toBe(2);
  await vi.waitFor(() => {
    expect(refused).toBe(1);
    emit();
    gc();
    expect(waiting.deref()).toBeUndefined();
  });
  reads = 0;
  emit();
  expect(reads).toBe(1);
});
