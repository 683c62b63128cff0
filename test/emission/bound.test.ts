import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { BoundBox } from 'signalbox';
import { bound, createSignalbox, defineSignal, field, when } from 'signalbox';
import { describe, expect, test } from 'vitest';
import { bindOpen } from '../../src/emission/bind.js';
import { noValueCounts } from '../../src/emission/value.js';

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;
const RULES = { stringLength: 4096 };

function megabytes(): number {
  gc();
  return process.memoryUsage().heapUsed / 1_000_000;
}

/** How many megabytes more are kept by what `make` returns, and by what it leaves behind. */
function keptBy(make: () => unknown): number {
  const before = megabytes();
  const kept = make();
  const grown = megabytes() - before;
  return kept === undefined ? Number.NaN : grown;
}

/** 64 characters that V8 keeps as a part of 200 kB. */
function slice(i: number): string {
  return `${String(i).padStart(64, 'k')},${Buffer.alloc(200_000, 97).toString('latin1')}`.split(
    ',',
  )[0] as string;
}

describe('what is bound', () => {
  test('over() - keeps nothing of what was bound before under the same names', () => {
    const box = createSignalbox({ destinations: { seen: () => undefined } });
    const grown = keptBy(() => {
      let log: BoundBox = box;
      for (let i = 0; i < 5000; i++) log = log.with({ step: `${i}`.padEnd(4000, 'x') });
      return log;
    });
    expect(grown).toBeLessThan(5);
  });

  test('with() - holds no text that a value was cut from, also where the app is given values as they were', () => {
    const REQUEST = bound({ at: field.time(), tenant: field.string() });
    const SENT = defineSignal('BOUND_MEMORY_SENT');
    const told: unknown[] = [];
    const box = createSignalbox({
      destinations: { seen: () => undefined },
      routes: [{ signals: [when(SENT, (values) => told.push(values) > 0)], to: 'seen' }],
    });
    const at = new Date(0);
    box.with(REQUEST, { at, tenant: 'acme' }).emit(SENT);
    expect(told).toEqual([{ at, tenant: 'acme' }]);
    const grown = keptBy(() =>
      Array.from({ length: 200 }, (_, i) => [
        box.with(REQUEST, { at, tenant: slice(i) }),
        box.with({ at, tenant: slice(i) }),
      ]),
    );
    expect(grown).toBeLessThan(5);
  });

  test('with() - keeps few of the names that it was given, and none that are long', () => {
    const bindNames = (length: number) => (_: unknown, n: number) =>
      bindOpen(
        Object.fromEntries(Array.from({ length: 64 }, (__, i) => [`${n}_${i}_`.padEnd(length, 'n'), 1])),
        RULES,
        noValueCounts(),
      ).shape;
    const grown = keptBy(() => Array.from({ length: 100 }, bindNames(4000)).length);
    expect(grown).toBeLessThan(5);
    const shapeOf = (name: string) => bindOpen({ [name]: 1 }, RULES, noValueCounts()).shape;
    for (let n = 0; n < 300; n++) shapeOf(`few_${n}`);
    // Those that come now are kept, however many came before.
    expect(shapeOf('late')).toBe(shapeOf('late'));
  });
});
