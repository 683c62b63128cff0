import { expect, test } from 'vitest';
import { defineSignal, field } from '../../src/index.js';
import { isHeld } from '../../src/routing/condition.js';
import { when } from '../../src/routing/route.js';

const PAID = defineSignal('HELD_PAID', { fields: { card: field.string({ sensitive: true }) } });

test.each<[string, unknown, string]>([
  ['the name of its error', new RangeError('4111'), 'RangeError'],
  ['no name that is made of values', Object.assign(new Error('4111'), { name: 'card 4111' }), 'Error'],
  ['no text', '4111', 'string'],
])('a condition that throws - is told by %s', (_, thrown, name) => {
  const told: string[] = [];
  const throwing = when(PAID, () => {
    throw thrown;
  });
  expect(isHeld(throwing, { card: '4111' }, (_key, text) => told.push(text))).toBe(false);
  expect(told).toEqual([`the condition of a route on 'HELD_PAID' threw ${name}; it counts as no match`]);
});
