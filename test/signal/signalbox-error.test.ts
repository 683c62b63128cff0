import { describe, expect, test } from 'vitest';
import { didYouMean, nearest } from '../../src/signal/did-you-mean.js';
import { SignalboxError, shown } from '../../src/signal/signalbox-error.js';

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

describe('instanceof SignalboxError', () => {
  /** As another copy of the module would have it. */
  class Other extends Error {
    override readonly name = 'SignalboxError';
  }
  class Own extends SignalboxError {}
  class Renamed extends SignalboxError {
    constructor() {
      super('renamed');
      Object.defineProperty(this, 'name', { value: 'Renamed' });
    }
  }
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();

  test.each([
    ['its own', new SignalboxError('a')],
    ['that of another copy', new Other('a')],
    ['one of a subclass', new Own('a')],
    ['one that was given another name', new Renamed()],
  ])('instanceof - knows %s', (_, error) => {
    expect(error instanceof SignalboxError).toBe(true);
  });

  test.each([
    ['an error', new Error('a')],
    ['an object of that name', { name: 'SignalboxError', message: '' }],
    ['nothing', undefined],
    ['null', null],
    ['a string', 'SignalboxError'],
    ['what can not be read', revoked.proxy],
  ])('instanceof - is false, and never throws, for %s', (_, value) => {
    expect(isSignalboxError(value)).toBe(false);
  });

  test('instanceof - a subclass knows its own alone', () => {
    expect(new Own('a') instanceof Own).toBe(true);
    expect((new SignalboxError('a') as unknown) instanceof Own).toBe(false);
    expect((new Other('a') as unknown) instanceof Own).toBe(false);
  });
});

function isSignalboxError(value: unknown): boolean {
  return value instanceof SignalboxError;
}
