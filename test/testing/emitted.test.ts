import { createSignalbox, defineSignal, field } from 'signalbox';
import { recorder } from 'signalbox/testing';
import { describe, expect, test } from 'vitest';
import { levels } from '../../src/signal/level.js';
import { expectSentence } from '../support/misuse.js';

const PAID = defineSignal('EMITTED_PAID', {
  fields: { amount: field.number(), currency: field.oneOf(['EUR', 'USD']), user: field.optional(field.id()) },
});
const TAGGED = defineSignal('EMITTED_TAGGED', {
  fields: { tags: field.list(), data: field.optional(field.json()) },
});

function paid(...amounts: number[]): ReturnType<typeof recorder> {
  const seen = recorder();
  const box = createSignalbox({ destinations: { seen } });
  for (const amount of amounts) box.emit(PAID, { amount, currency: amount > 9 ? 'USD' : 'EUR' });
  return seen;
}

describe('assertEmitted()', () => {
  test('assertEmitted() - tells what is nearest first, and what of it differs', () => {
    expect(() => paid(3, 10, 4).assertEmitted(PAID, { amount: 10, currency: 'EUR' })).toThrow(
      new Error(
        'EMITTED_PAID was not emitted with {"amount":10,"currency":"EUR"}. It was emitted 3 times, the nearest first:\n' +
          '  EMITTED_PAID {"amount":4,"currency":"EUR"}\n' +
          '    amount: expected 10, was 4\n' +
          '  EMITTED_PAID {"amount":10,"currency":"USD"}\n' +
          '    currency: expected "EUR", was "USD"\n' +
          '  EMITTED_PAID {"amount":3,"currency":"EUR"}\n' +
          '    amount: expected 10, was 3',
      ),
    );
    expect(() => paid(3).assertEmitted(PAID, { user: 'ann' })).toThrow(
      '    user: expected "ann", was nothing',
    );
  });

  test('assertEmitted() - tells ten, and how many more there are', () => {
    const amounts = Array.from({ length: 14 }, () => 1);
    expect(() => paid(...amounts).assertEmitted(PAID, { amount: 2 })).toThrow(/ {2}and 4 more$/);
  });

  test('assertEmitted() - asks the asymmetric matchers of the test runner', () => {
    const seen = paid(3);
    seen.assertEmitted(PAID, { amount: expect.any(Number), currency: expect.stringMatching(/^E/) });
    seen.assertNotEmitted(PAID, { amount: expect.any(String) });
    expect(() => seen.assertEmitted(PAID, { amount: expect.any(String) })).toThrow(
      'amount: expected "Any<String>", was 3',
    );
  });

  test('assertEmitted() - asks matchers inside a list', () => {
    const seen = recorder();
    const box = createSignalbox({ destinations: { seen } });
    box.emit(TAGGED, { tags: ['new', 'x'.repeat(5_000)] });
    seen.assertEmitted(TAGGED, { tags: [expect.any(String), expect.stringMatching(/^x/)] });
    seen.assertEmitted(TAGGED, { tags: [expect.any(String), 'x'.repeat(5_000)] });
    seen.assertNotEmitted(TAGGED, { tags: [expect.any(String)] });
    seen.assertNotEmitted(TAGGED, { tags: [expect.any(Number), 'x'.repeat(5_000)] });
    expect(() => seen.assertNotEmitted(TAGGED, { tags: ['new', expect.any(String)] })).toThrow(
      'EMITTED_TAGGED was emitted with {"tags":["new","Any<String>"]}',
    );
  });

  test('assertEmitted() - asks matchers inside what leaves as JSON', () => {
    const seen = recorder();
    const box = createSignalbox({ destinations: { seen } });
    const at = new Date(0);
    box.emit(TAGGED, { tags: [], data: { user: { id: 7, at }, list: [1, 2] } });
    seen.assertEmitted(TAGGED, { data: { user: { id: expect.any(Number), at }, list: [1, 2] } });
    seen.assertEmitted(TAGGED, { data: { user: expect.objectContaining({ id: 7 }), list: [1, 2] } });
    seen.assertNotEmitted(TAGGED, { data: { user: { id: expect.any(String), at }, list: [1, 2] } });
    seen.assertNotEmitted(TAGGED, { data: { user: expect.anything() } });
    box.info('plain', { sizes: [1, 2], names: ['a'] });
    seen.assertEmitted(levels.info, { sizes: [1, expect.any(Number)], names: [expect.any(String)] });
    seen.assertNotEmitted(levels.info, { sizes: [expect.any(String), 2] });
  });

  test('assertNotEmitted() - refuses a matcher in the place of all values', () => {
    expectSentence(
      () => paid(3).assertNotEmitted(levels.info, expect.objectContaining({ amount: 3 })),
      'assertNotEmitted: the expected values of INFO are an asymmetric matcher. Give values by the names of its fields; each can be a matcher.',
    );
  });
});

describe('assertEmittedTimes()', () => {
  test('assertEmittedTimes() - counts those with these values', () => {
    const seen = paid(3, 3, 10);
    seen.assertEmittedTimes(PAID, 3);
    seen.assertEmittedTimes(PAID, 2, { amount: 3 });
    seen.assertEmittedTimes(PAID, 0, { amount: 4 });
    expect(() => seen.assertEmittedTimes(PAID, 1, { amount: 3 })).toThrow(
      new Error(
        'EMITTED_PAID was emitted 2 times with {"amount":3}, not 1 times.\n' +
          '  EMITTED_PAID {"amount":3,"currency":"EUR"}\n' +
          '  EMITTED_PAID {"amount":3,"currency":"EUR"}\n' +
          'It was also emitted 1 times:\n' +
          '  EMITTED_PAID {"amount":10,"currency":"USD"}\n' +
          '    amount: expected 3, was 10',
      ),
    );
    expect(() => paid().assertEmittedTimes(PAID, 1)).toThrow('not 1 times.\nEmitted:\n  nothing');
  });

  test('assertEmittedTimes() - refuses what is no number of times', () => {
    for (const times of [-1, 1.5, '1' as never])
      expectSentence(
        () => paid().assertEmittedTimes(PAID, times),
        `assertEmittedTimes: \`times\` is ${typeof times === 'string' ? `'${times}'` : times}. Give a whole number from 0.`,
      );
  });
});
