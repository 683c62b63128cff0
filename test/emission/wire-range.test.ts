import { describe, expect, test } from 'vitest';
import { duration, id, int, json, list, number, optional, string } from '../../src/signal/field.js';
import { levels } from '../../src/signal/level.js';
import { clean, emitOf, emitOfSignal, expectCarriableText, RULES } from './helpers.js';

const BEYOND = [2 ** 63, -(2 ** 63), 1e21, Number.MAX_VALUE, -(2 ** 63) - 2048, -1e300];
const WITHIN = [2 ** 63 - 1024, -(2 ** 63) + 1024, 2 ** 53, 0.5, -0];

describe('numbers that the wire can not carry', () => {
  test.each([number(), int(), duration(), optional(number())])(
    'a field of $kind - leaves none of them, and counts them',
    (field) => {
      for (const value of BEYOND)
        expect(clean(field, value)).toEqual({ value: undefined, counts: { outOfRange: 1 } });
      for (const value of WITHIN.filter((v) => field.kind !== 'int' || Number.isInteger(v)))
        expect(clean(field, value)).toEqual({ value, counts: {} });
    },
  );

  test('a level record - leaves none, the others go on; a BigInt is text', () => {
    const { snapshot, counts } = emitOfSignal(
      levels.info,
      { big: 1e21, fine: 7, whole: 10n ** 30n },
      RULES,
      'plain',
    );
    expect(snapshot.attributes('')).toEqual({ fine: 7, whole: `1${'0'.repeat(30)}` });
    expect(snapshot.values()).toEqual({ fine: 7, whole: 10n ** 30n });
    expect(counts).toEqual({ outOfRange: 1 });
  });
});

describe('halves of surrogate pairs', () => {
  const half = 'order \ud83d of';

  test('every text that leaves is well formed', () => {
    const fields = { id: id(), text: string(), list: list(), json: json() };
    const { snapshot } = emitOf(fields, {
      id: half,
      text: half,
      list: [half, 'fine'],
      json: { [half]: half },
    });
    for (const text of Object.values(snapshot.attributes('')).flat()) expectCarriableText(text, 4096);
    expect(snapshot.attributes('')).toMatchObject({
      id: 'order \ufffd of',
      list: ['order \ufffd of', 'fine'],
    });
    expect(snapshot.values()).toMatchObject({ id: 'order \ufffd of', text: 'order \ufffd of' });
  });

  test('so are a message, the names of a level record, and an error', () => {
    const error = Object.assign(new Error(half), { stack: half });
    const { snapshot, counts } = emitOfSignal(levels.info, { [half]: 1, '': 2, error }, RULES, half);
    expectCarriableText(snapshot.message(), 4096);
    expect(snapshot.attributes('')).toEqual({
      'order \ufffd of': 1,
      'error.type': 'Error',
      'exception.type': 'Error',
      'exception.message': 'order \ufffd of',
      'exception.stacktrace': 'order \ufffd of',
    });
    expect(counts).toEqual({ undeclared: 1 });
  });
});
