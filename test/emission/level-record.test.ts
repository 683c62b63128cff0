import { describe, expect, test, vi } from 'vitest';
import { levels } from '../../src/signal/level.js';
import type { emitOf } from './helpers.js';
import { emitOfSignal, RULES } from './helpers.js';

const throwing = (): never => {
  throw new Error('looked at');
};

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

describe('plain level records', () => {
  const levelOf = (values: unknown): ReturnType<typeof emitOf> =>
    emitOfSignal(levels.info, values, RULES, 'plain');

  test('level - values are taken as they come, by what they are', () => {
    const { snapshot, counts } = levelOf({
      text: 'a',
      yes: true,
      n: 1.5,
      none: undefined,
      nil: null,
      nan: Number.NaN,
      big: 12n,
      at: new Date(0),
      tags: ['a', 'b'],
      mixed: ['a', 1],
      nested: { a: { b: 1 } },
    });
    expect(snapshot.fields('')).toEqual({
      text: 'a',
      yes: true,
      n: 1.5,
      nan: 'NaN',
      big: '12',
      at: '1970-01-01T00:00:00.000Z',
      tags: ['a', 'b'],
      mixed: '["a",1]',
      nested: '{"a":{"b":1}}',
    });
    expect(counts).toEqual({});
  });

  test('level - an error gives the attributes of the convention', () => {
    const { snapshot } = levelOf({ cause: new RangeError('too far') });
    expect(snapshot.fields('')).toEqual({ cause: 'too far' });
    expect(snapshot.attributes('')).toMatchObject({
      'error.type': 'RangeError',
      'exception.message': 'too far',
    });
  });

  test('level - what can not be carried is [unserializable] and counted, the others leave', () => {
    const cyclic: { self?: object } = {};
    cyclic.self = cyclic;
    const { snapshot, counts } = levelOf({
      a: cyclic,
      b: Symbol('a'),
      c: throwing,
      d: revoked(),
      get e() {
        return throwing();
      },
      f: [1n],
      g: 'stays',
    });
    const gone = '[unserializable]';
    expect(snapshot.fields('')).toEqual({ a: gone, b: gone, c: gone, d: gone, e: gone, f: gone, g: 'stays' });
    expect(counts).toEqual({ unserializable: 6 });
  });

  test('level - binary data is [unserializable] and counted, alone and inside', () => {
    const { snapshot, counts } = levelOf({ body: new Uint8Array(3), files: { a: Buffer.from('a') } });
    expect(snapshot.fields('')).toEqual({ body: '[unserializable]', files: '{"a":"[unserializable]"}' });
    expect(counts).toEqual({ unserializable: 2 });
  });

  test('level - of a list no more is read than can leave', () => {
    let reads = 0;
    const watched = new Proxy(new Array(100_000).fill('a'), {
      get: (of, key) => {
        reads++;
        return Reflect.get(of, key);
      },
      has: (of, key) => {
        reads++;
        return Reflect.has(of, key);
      },
    });
    const { snapshot, counts } = levelOf({ watched });
    expect(snapshot.fields('').watched).toHaveLength(128);
    expect(counts).toEqual({ truncated: 1 });
    expect(reads).toBeLessThan(1000);
  });

  test('level - a list with holes is no list of strings', () => {
    // biome-ignore lint/suspicious/noSparseArray: a hole is what is tried
    const { snapshot, counts } = levelOf({ holes: ['a', , 'b'] });
    expect(snapshot.fields('')).toEqual({ holes: '["a",null,"b"]' });
    expect(counts).toEqual({});
  });

  test('level - an error in place of the fields is their error', () => {
    const { snapshot, counts } = levelOf(new RangeError('too far'));
    expect(snapshot.message()).toBe('plain');
    expect(snapshot.fields('')).toEqual({ error: 'too far' });
    expect(snapshot.attributes('')).toMatchObject({
      'error.type': 'RangeError',
      'exception.message': 'too far',
      'exception.stacktrace': expect.stringContaining('RangeError: too far'),
    });
    expect(counts).toEqual({});
  });

  test('level - an error in place of the message is the message and the error, redacted once', () => {
    const redactText = vi.fn((text: string) => text.replaceAll('4111', '****'));
    const thrown = new RangeError('card 4111');
    const { snapshot, counts } = emitOfSignal(levels.error, { job: 1 }, { ...RULES, redactText }, thrown);
    expect(snapshot.message()).toBe('card ****');
    expect(snapshot.fields('')).toEqual({ job: 1, error: 'card ****' });
    expect(snapshot.attributes('')).toMatchObject({ job: 1, 'exception.message': 'card ****' });
    expect(JSON.stringify(snapshot.attributes(''))).not.toContain('4111');
    // The type, the message, the stack.
    expect(redactText).toHaveBeenCalledTimes(3);
    expect(counts).toEqual({});
  });

  test.each([
    ['nothing', undefined],
    ['null', null],
  ])('level - an error in place of the message, with %s in place of fields', (_what, values) => {
    const { snapshot, counts } = emitOfSignal(levels.error, values, RULES, new Error('no luck'));
    expect(snapshot.fields('')).toEqual({ error: 'no luck' });
    expect(counts).toEqual({});
  });

  test('level - an error in place of the message stands behind the error of the fields', () => {
    const values = { error: new RangeError('too far') };
    const { snapshot, counts } = emitOfSignal(levels.error, values, RULES, new Error('no luck'));
    expect(snapshot.message()).toBe('no luck');
    expect(snapshot.fields('')).toEqual({ error: 'too far' });
    expect(counts).toEqual({ wrongType: 1 });
  });

  test('level - an error that is both the message and the `error` is told once', () => {
    const thrown = new Error('no luck');
    const { snapshot, counts } = emitOfSignal(levels.error, { error: thrown, n: 1 }, RULES, thrown);
    expect(snapshot.message()).toBe('no luck');
    expect(snapshot.fields('')).toEqual({ error: 'no luck', n: 1 });
    expect(snapshot.attributes('')['exception.stacktrace']).toContain('no luck');
    expect(counts).toEqual({});
  });

  test.each<readonly [string, unknown]>([
    ['a number', 42],
    ['nothing', undefined],
    ['null', null],
    ['an object', { message: 'a' }],
    ['a revoked Proxy', revoked()],
  ])('level - a message that is %s is counted, and the fields leave', (_what, message) => {
    const { snapshot, counts } = emitOfSignal(levels.error, { a: 1 }, RULES, message);
    expect(snapshot.message()).toBe('');
    expect(snapshot.fields('')).toEqual({ a: 1 });
    expect(counts).toEqual({ wrongType: 1 });
  });

  test('level - of two errors the first has the attributes of the convention, the other its own name', () => {
    const rules = { ...RULES, redactText: (text: string) => text.replaceAll('4111', '****') };
    const values = { a: new RangeError('first'), b: new TypeError('card 4111'), c: new Error('') };
    const { snapshot, counts } = emitOfSignal(levels.error, values, rules, 'two');
    expect(snapshot.fields('')).toEqual({ a: 'first', b: 'card ****', c: '' });
    expect(snapshot.attributes('')).toEqual({
      'error.type': 'RangeError',
      'exception.type': 'RangeError',
      'exception.message': 'first',
      'exception.stacktrace': expect.stringContaining('RangeError: first'),
      b: 'TypeError: card ****',
      c: 'Error',
    });
    expect(counts).toEqual({});
  });

  test('level - at most 64 fields leave, and names are cut', () => {
    const many = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`f${i}`, i]));
    expect(Object.keys(levelOf(many).snapshot.fields(''))).toHaveLength(64);
    expect(levelOf(many).counts).toEqual({ truncated: 1 });
    expect(Object.keys(levelOf({ ['n'.repeat(10_000)]: 1 }).snapshot.fields(''))[0]).toHaveLength(4096);
  });

  test.each<readonly [string, unknown, object]>([
    ['nothing', undefined, {}],
    ['null', null, {}],
    ['text', 'text', { wrongType: 1 }],
    ['a list', ['a'], { wrongType: 1 }],
    ['a typed array', new Uint8Array(3), { wrongType: 1 }],
    ['a Buffer', Buffer.from('abc'), { wrongType: 1 }],
    ['a revoked Proxy', revoked(), { unserializable: 1 }],
    ['a Proxy whose ownKeys throws', new Proxy({ a: 1 }, { ownKeys: throwing }), { unserializable: 1 }],
  ])('level - with %s in place of fields', (_what, values, counts) => {
    const level = levelOf(values);
    expect(level.snapshot.fields('')).toEqual({});
    expect(level.snapshot.message()).toBe('plain');
    expect(level.counts).toEqual(counts);
  });

  test('level - a field called __proto__ touches no prototype', () => {
    const { snapshot, counts } = levelOf(JSON.parse('{"__proto__": ["x"], "a": 1}'));
    expect(Object.getPrototypeOf(snapshot.fields(''))).toBe(Object.prototype);
    expect(snapshot.fields('')).toEqual({ a: 1 });
    expect(counts).toEqual({ undeclared: 1 });
  });
});
