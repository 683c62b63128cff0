import { describe, expect, test } from 'vitest';
import { didYouMean, nearest, SignalboxError, shown } from '../../src/signal/problem.js';

describe('SignalboxError', () => {
  test('SignalboxError - is an Error with a name of its own', () => {
    expect(new SignalboxError('a')).toBeInstanceOf(Error);
    expect(String(new SignalboxError('a'))).toBe('SignalboxError: a');
  });
});

describe('shown()', () => {
  test.each<readonly [unknown, string]>([
    ['a', "'a'"],
    ['a'.repeat(81), `'${'a'.repeat(80)}…'`],
    [-0.5, '-0.5'],
    [Number.NaN, 'NaN'],
    [true, 'true'],
    [null, 'null'],
    [undefined, 'undefined'],
    [7n, '7n'],
    [Symbol('a'), 'a value of type symbol'],
    [() => 1, 'a function'],
    [[1, 2], 'a list of 2'],
    [{ toString: () => 'never called' }, 'a value of type object'],
  ])('shown() - shows a value short, quoted and without running it', (value, text) => {
    expect(shown(value)).toBe(text);
  });

  test('shown() - throws not even for what throws when it is looked at', () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    expect(shown(proxy)).toBe('an unreadable value');
  });
});

describe('nearest()', () => {
  const known = ['alerts', 'audit', 'console', 'otel'];

  test.each([
    ['alertz', 'alerts'],
    ['ALERTS', 'alerts'],
    ['alrets', 'alerts'],
    ['consol', 'console'],
    ['otle', 'otel'],
    ['cons', 'console'],
  ])('nearest() - %s is probably %s', (name, meant) => {
    expect(nearest(name, known)).toBe(meant);
    expect(didYouMean(name, known)).toBe(` Did you mean '${meant}'?`);
  });

  test.each(['database', 'x', ''])('nearest() - %o is nothing that is known', (name) => {
    expect(nearest(name, ['alerts', 'audit', 'console'])).toBeUndefined();
    expect(didYouMean(name, ['alerts', 'audit', 'console'])).toBe('');
  });
});
