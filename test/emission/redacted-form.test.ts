import { describe, expect, test, vi } from 'vitest';
import type { RedactionPolicy } from '../../src/signal/field.js';
import { duration, error, id, int, json, list, optional, text, time } from '../../src/signal/field.js';
import { defineSignal } from '../../src/signal/signal.js';
import { wrong } from '../support/misuse.js';
import { emitOf, emitOfSignal, RULES } from './helpers.js';

const loud: RedactionPolicy = (given) => given.toUpperCase();
const NOW = { timestamp: 0 };

describe('a sensitive field with a policy', () => {
  test('its form is in all views that do not reveal it, and its value in those that do', () => {
    const { snapshot } = emitOf({ user: id({ sensitive: loud, attribute: 'enduser.id' }) }, { user: 'ann' });
    expect(snapshot.fields('')).toEqual({ user: 'ANN' });
    expect(snapshot.attributes('')).toEqual({ 'enduser.id': 'ANN' });
    expect(snapshot.emission('', NOW)).toMatchObject({ fields: { user: 'ANN' } });
    expect(snapshot.fields('user')).toEqual({ user: 'ann' });
    expect(snapshot.attributes('user')).toEqual({ 'enduser.id': 'ann' });
    expect(snapshot.values()).toEqual({ user: 'ann' });
  });

  test('each kind comes to it as text: a duration in milliseconds, a list by its entries, an error by message and type', () => {
    const asked: string[] = [];
    const ask: RedactionPolicy = (given) => {
      asked.push(given);
      return `<${given}>`;
    };
    const fields = {
      took: duration({ sensitive: ask }),
      size: int({ sensitive: ask }),
      at: time({ sensitive: ask }),
      to: list({ sensitive: ask }),
      data: json({ sensitive: ask }),
      cause: error({ sensitive: ask }),
    };
    const cause = Object.assign(new Error('no'), { code: 'E_NO' });
    const given = { took: 1500, size: 7, at: 0, to: ['a', 'b'], data: { n: 1 }, cause };
    const { snapshot } = emitOf(fields, given);
    const said = ['1500', '7', '1970-01-01T00:00:00.000Z', 'a', 'b', '{"n":1}', 'no'];
    const [took, size, at, a, b, data, message] = said.map((one) => `<${one}>`);
    expect(snapshot.fields('')).toEqual({ took, size, at, to: [a, b], data, cause: message });
    expect(asked).toEqual(said);
    expect(snapshot.errors('')).toBeUndefined();
    expect(snapshot.attributes('')).toEqual({
      took,
      size,
      at,
      to: [a, b],
      data,
      'error.type': '<E_NO>',
      'exception.type': '<E_NO>',
      'exception.message': message,
    });
  });

  test('it is asked once an emit, whatever is made of the emission; and not where all is revealed', () => {
    const ask = vi.fn(loud);
    const { snapshot } = emitOf({ user: id({ sensitive: ask }) }, { user: 'ann' });
    snapshot.attributes('user');
    snapshot.fields('user');
    expect(ask).not.toHaveBeenCalled();
    snapshot.attributes('');
    snapshot.fields('');
    snapshot.emission('', NOW);
    expect(ask).toHaveBeenCalledTimes(1);
  });

  test('undefined leaves nothing at all: no field, no attribute, no type of an error, no empty list', () => {
    const none: RedactionPolicy = () => undefined;
    const fields = {
      user: id({ sensitive: none }),
      to: list({ sensitive: none }),
      cause: error({ sensitive: none }),
      kept: text(),
      some: list({ sensitive: (entry) => (entry === 'a' ? undefined : entry) }),
    };
    const given = { user: 'ann', to: ['a'], cause: new Error('no'), kept: 'x', some: ['a', 'b'] };
    const { snapshot } = emitOf(fields, given);
    expect(snapshot.fields('')).toEqual({ kept: 'x', some: ['b'] });
    expect(snapshot.attributes('')).toEqual({ kept: 'x', some: ['b'] });
  });

  test('a message function gets the form; what is not given has none', () => {
    const signal = defineSignal('SEEN', {
      fields: { user: id({ sensitive: loud }), other: optional(id({ sensitive: loud })) },
      message: (values) => `${values.user} ${values.other}`,
    });
    expect(emitOfSignal(signal, { user: 'ann' }).snapshot.message()).toBe('ANN undefined');
  });

  test('the form is bounded and well formed, as any value', () => {
    const long: RedactionPolicy = (given) => given.repeat(2_000);
    const { snapshot } = emitOf({ user: id({ sensitive: long }) }, { user: '😀' }, { stringLength: 5 });
    expect(snapshot.fields('')).toEqual({ user: '😀😀' });
    const half = emitOf({ user: id({ sensitive: () => '\ud800' }) }, { user: 'ann' });
    expect(half.snapshot.fields('')).toEqual({ user: '\ufffd' });
  });

  test.each([
    ['throws', () => JSON.parse('{'), 'threw'],
    ['gives a number', () => 5, 'gave no string'],
    ['gives null', () => null, 'gave no string'],
    ['gives a promise', () => Promise.reject(new Error('ann')), 'gave a promise, and has to answer at once'],
  ])('where it %s, [redacted] leaves, and that is counted once an emit', (_, policy, what) => {
    const withheld = vi.fn();
    const rules = { ...RULES, withheld };
    const { snapshot } = emitOf({ user: id({ sensitive: wrong(policy) }) }, { user: 'ann' }, rules);
    expect(snapshot.fields('')).toEqual({ user: '[redacted]' });
    expect(snapshot.attributes('')).toEqual({ user: '[redacted]' });
    expect(withheld.mock.calls).toEqual([
      ['policy:user', `the policy of the sensitive field 'user' ${what}: the value is [redacted]`],
    ]);
  });
});

describe('redactText', () => {
  const redactText = (given: string): string => given.replaceAll('ann', '***');

  test('is given messages: those given, those of a signal, those composed', () => {
    const rules = { ...RULES, redactText };
    const composed = defineSignal('SEEN', { fields: { who: text() }, message: ({ who }) => `hello ${who}` });
    expect(emitOfSignal(composed, { who: 'ann' }, rules).snapshot.message()).toBe('hello ***');
    expect(emitOfSignal(composed, { who: 'x' }, rules, 'bye ann').snapshot.message()).toBe('bye ***');
    const constant = defineSignal('SEEN', { message: 'ann' });
    expect(emitOfSignal(constant, undefined, rules).snapshot.message()).toBe('***');
  });

  test('a message that it answers with no text for is [redacted]', () => {
    const rules = { ...RULES, redactText: wrong(() => undefined) };
    const signal = defineSignal('SEEN', { message: 'ann' });
    expect(emitOfSignal(signal, undefined, rules).snapshot.message()).toBe('[redacted]');
  });
});
