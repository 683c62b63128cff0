import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import {
  boolean,
  duration,
  id,
  int,
  json,
  list,
  number,
  oneOf,
  optional,
  string,
  text,
  time,
} from '../../src/signal/field.js';
import { clean, RULES } from './helpers.js';

const throwing = (): never => {
  throw new Error('looked at');
};

function revoked(target: object): object {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
}

function deep(levels: number): object {
  let object: object = {};
  for (let i = 0; i < levels; i++) object = { object };
  return object;
}

function cyclic(): object {
  const object: { self?: object } = {};
  object.self = object;
  return object;
}

/** Every trap throws: whatever is asked of it. */
function booby(target: object): object {
  const traps = [
    'get',
    'has',
    'ownKeys',
    'getPrototypeOf',
    'getOwnPropertyDescriptor',
    'set',
    'deleteProperty',
  ];
  return new Proxy(target, Object.fromEntries(traps.map((trap) => [trap, throwing])));
}

describe('a value of the right type', () => {
  test.each([
    ['string', string(), '', ''],
    ['id', id(), 'job_1', 'job_1'],
    ['text', text(), 'Your order', 'Your order'],
    ['oneOf', oneOf(['EUR', 'USD']), 'USD', 'USD'],
    ['boolean', boolean(), false, false],
    ['number', number(), -0.5, -0.5],
    ['int', int(), -3, -3],
    ['duration', duration(), 83.5, 83.5],
    ['time from a Date', time(), new Date(1_700_000_000_123), '2023-11-14T22:13:20.123Z'],
    ['time from epoch milliseconds', time(), 0, '1970-01-01T00:00:00.000Z'],
    ['list', list(), ['a', ''], ['a', '']],
    ['json', json(), { a: [1, null] }, '{"a":[1,null]}'],
    ['json of null', json(), null, 'null'],
  ] as const)('%s - leaves', (_what, field, value, leaves) => {
    expect(clean(field, value)).toEqual({ value: leaves, counts: {} });
  });

  test('time - a Date of another realm leaves too', () => {
    const foreign = runInNewContext('new Date(0)');
    expect(clean(time(), foreign)).toEqual({ value: '1970-01-01T00:00:00.000Z', counts: {} });
  });

  test('list - is a frozen copy', () => {
    const given = ['a'];
    const { value } = clean(list(), given);
    given.push('b');
    expect(value).toEqual(['a']);
    expect(Object.isFrozen(value)).toBe(true);
  });
});

describe('a value of the wrong type', () => {
  test.each([
    ['string', string(), 7],
    ['string', string(), null],
    ['string', string(), new String('a')],
    ['id', id(), 7],
    ['text', text(), 7],
    ['oneOf', oneOf(['EUR', 'USD']), 'GBP'],
    ['oneOf', oneOf(['EUR', 'USD']), 'EU'],
    ['boolean', boolean(), 'true'],
    ['number', number(), '7'],
    ['number', number(), Number.NaN],
    ['number', number(), Number.POSITIVE_INFINITY],
    ['number', number(), 7n],
    ['int', int(), 1.5],
    ['int', int(), Number.NaN],
    ['duration', duration(), Number.NEGATIVE_INFINITY],
    ['time', time(), '2023-11-14'],
    ['time', time(), new Date(Number.NaN)],
    ['time', time(), 9e15],
    ['time', time(), 1n],
    ['list', list(), 'a,b'],
    ['list', list(), new Set(['a'])],
    ['list', list(), { 0: 'a', length: 1 }],
  ])('%s - %o is dropped and counted', (_what, field, value) => {
    expect(clean(field, value)).toEqual({ value: undefined, counts: { wrongType: 1 } });
  });

  test('list - entries of the wrong type are dropped, each is counted, the others go on', () => {
    expect(clean(list(), ['a', 1, null, 'b', ['c']])).toEqual({
      value: ['a', 'b'],
      counts: { wrongType: 3 },
    });
  });
});

describe('a value that is missing', () => {
  test('is counted where it is not optional', () => {
    expect(clean(string(), undefined)).toEqual({ value: undefined, counts: { wrongType: 1 } });
    expect(clean(json(), undefined)).toEqual({ value: undefined, counts: { wrongType: 1 } });
  });

  test('is nothing to count where it is optional', () => {
    expect(clean(optional(string()), undefined)).toEqual({ value: undefined, counts: {} });
  });

  test('null is no missing value', () => {
    expect(clean(optional(string()), null)).toEqual({ value: undefined, counts: { wrongType: 1 } });
  });
});

describe('a value that is too long', () => {
  test.each([
    ['string', string()],
    ['id', id()],
    ['text', text()],
  ])('%s - is cut at the limit, not within a surrogate pair, and counted', (_what, field) => {
    expect(clean(field, 'x'.repeat(4096))).toEqual({ value: 'x'.repeat(4096), counts: {} });
    expect(clean(field, 'x'.repeat(20_000_000))).toEqual({
      value: 'x'.repeat(4096),
      counts: { truncated: 1 },
    });
    expect(clean(field, `${'x'.repeat(4095)}😀`)).toEqual({
      value: 'x'.repeat(4095),
      counts: { truncated: 1 },
    });
  });

  test('list - each entry is cut, and the list at 128 entries', () => {
    const { value, counts } = clean(list(), new Array(1000).fill('abcdef'), { ...RULES, stringLength: 3 });
    expect(value).toEqual(new Array(128).fill('abc'));
    expect(counts).toEqual({ truncated: 129 });
  });

  test('json - is cut at the limit', () => {
    const { value, counts } = clean(json(), { text: 'x'.repeat(20_000_000) });
    expect(value).toBe(`{"text":"${'x'.repeat(4096 - 9)}`);
    expect(counts).toEqual({ truncated: 1 });
  });

  test('any text - leaves well-formed if it came so, within any limit', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 50 }), (text, stringLength) => {
        const { value } = clean(string(), text, { stringLength });
        expect(String(value).length).toBeLessThanOrEqual(stringLength);
        expect(encodeURIComponent(String(value))).toBeTypeOf('string');
      }),
    );
  });
});

describe('a hostile value', () => {
  const unserializable = { value: '[unserializable]', counts: { unserializable: 1 } };

  test.each<readonly [string, () => unknown]>([
    ['a BigInt', () => 12n],
    ['a cyclic object', cyclic],
    ['a throwing toJSON', () => ({ toJSON: throwing })],
    ['a throwing getter', () => Object.defineProperty({}, 'a', { get: throwing, enumerable: true })],
    ['a revoked Proxy', () => revoked({})],
    ['an object 20,000 deep', () => deep(20_000)],
    ['a list of 10,000 parts and more', () => new Array(20_000).fill(0)],
    ['a Symbol', () => Symbol('a')],
    ['a function', () => throwing],
    ['a Proxy whose traps throw', () => booby({})],
    ['a BigInt inside', () => ({ a: [{ b: 12n }] })],
  ])('json - %s is [unserializable] and counted', (_what, value) => {
    expect(clean(json(), value())).toEqual(unserializable);
  });

  test('json - what hides in a Map or an Error does not leave', () => {
    expect(clean(json(), new Map([['secret', cyclic()]]))).toEqual({ value: '{}', counts: {} });
    expect(clean(json(), new Error('secret'))).toEqual({ value: '{}', counts: {} });
  });

  test.each<readonly [string, () => unknown]>([
    ['a typed array', () => new Uint8Array(3)],
    ['a Buffer', () => Buffer.from('abc')],
    ['a DataView', () => new DataView(new ArrayBuffer(3))],
    ['an ArrayBuffer', () => new ArrayBuffer(3)],
    ['a SharedArrayBuffer', () => new SharedArrayBuffer(3)],
    ['a typed array of another realm', () => runInNewContext('new Float64Array(3)')],
    ['an ArrayBuffer of another realm', () => runInNewContext('new ArrayBuffer(3)')],
  ])('json - %s is [unserializable] and counted, at the top and inside', (_what, value) => {
    expect(clean(json(), value())).toEqual(unserializable);
    expect(clean(json(), { a: 1, body: value(), list: [value()] })).toEqual({
      value: '{"a":1,"body":"[unserializable]","list":["[unserializable]"]}',
      counts: { unserializable: 2 },
    });
  });

  test('json - of a Buffer, toJSON is not called: it would make a list of all its bytes', () => {
    const body = Object.assign(Buffer.from('abc'), { toJSON: vi.fn(() => []) });
    clean(json(), body);
    clean(json(), { body });
    clean(json(), [[body]]);
    expect(body.toJSON).not.toHaveBeenCalled();
  });

  test('json - of a list, at most 10,000 entries are read', () => {
    let reads = 0;
    const watched = new Proxy(new Array(1_000_000).fill(0), {
      get: (of, key) => {
        if (key !== 'length') reads++;
        return Reflect.get(of, key);
      },
    });
    expect(clean(json(), watched)).toEqual(unserializable);
    expect(reads).toBeLessThan(10_100);
  });

  test('json - of an object with more than 10,000 keys, none is read', () => {
    const many = Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`k${i}`, i]));
    const get = vi.fn((of: object, key: string | symbol): unknown => Reflect.get(of, key));
    expect(clean(json(), new Proxy(many, { get }))).toEqual(unserializable);
    expect(get.mock.calls.filter(([, key]) => String(key).startsWith('k'))).toEqual([]);
  });

  test('json - names of many characters are cut, and counted', () => {
    const { value, counts } = clean(json(), { ['n'.repeat(20_000_000)]: 1 });
    expect(value).toBe(`{"${'n'.repeat(4096 - 2)}`);
    expect(counts).toEqual({ truncated: 1 });
  });

  test.each<readonly [string, () => unknown]>([
    ['a Proxy whose getPrototypeOf throws', () => new Proxy({}, { getPrototypeOf: throwing })],
    ['a revoked Proxy', () => revoked(new Date(0))],
    ['a Proxy of a Date', () => new Proxy(new Date(0), {})],
    ['what only says that it is a Date', () => Object.create(Date.prototype)],
    ['a Proxy whose traps throw', () => booby(new Date(0))],
  ])('time - %s is dropped and counted', (_what, value) => {
    expect(clean(time(), value())).toEqual({ value: undefined, counts: { wrongType: 1 } });
  });

  test('time - methods of a Date that are somebody else’s are not called', () => {
    class Odd extends Date {
      override getTime = throwing;
      override valueOf = throwing;
      override toISOString = throwing;
    }
    expect(clean(time(), new Odd(0))).toEqual({ value: '1970-01-01T00:00:00.000Z', counts: {} });
  });

  test.each<readonly [string, () => unknown]>([
    ['a revoked Proxy', () => revoked(['a'])],
    ['a Proxy whose traps throw', () => booby(['a'])],
    ['an entry that throws', () => Object.defineProperty(['a', 'b'], 1, { get: throwing })],
  ])('list - %s is [unserializable] and counted', (_what, value) => {
    expect(clean(list(), value())).toEqual(unserializable);
  });

  test('list - a length that is no length gives an empty list', () => {
    const odd = new Proxy(['a'], {
      get: (of, key) => (key === 'length' ? Number.NaN : Reflect.get(of, key)),
    });
    expect(clean(list(), odd).value).toEqual([]);
  });

  test.each<readonly [string, () => unknown]>([
    ['a BigInt', () => 12n],
    ['a cyclic object', cyclic],
    ['a revoked Proxy', () => revoked({})],
    ['a Proxy whose traps throw', () => booby({})],
    ['a Symbol', () => Symbol('a')],
    ['a function', () => throwing],
    ['a Map', () => new Map()],
    ['a Date', () => new Date(0)],
    ['an Error', () => new Error('a')],
    [
      'a throwing toString',
      () => ({ toString: throwing, valueOf: throwing, [Symbol.toPrimitive]: throwing }),
    ],
  ])(
    '%s - is no string, id, oneOf, boolean, number, int or duration, and is not looked at',
    (_what, value) => {
      for (const field of [string(), id(), oneOf(['a']), boolean(), number(), int(), duration()])
        expect(clean(field, value())).toEqual({ value: undefined, counts: { wrongType: 1 } });
    },
  );

  test('anything at all - leaves as what can be carried, or not at all, and never throws', () => {
    const field = fc.constantFrom(
      string(),
      id(),
      oneOf(['a', 'b']),
      boolean(),
      number(),
      int(),
      duration(),
      time(),
      list(),
      json(),
    );
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withSparseArray: true,
      withNullPrototype: true,
      withTypedArray: true,
    });
    fc.assert(
      fc.property(field, anything, (of, value) => {
        const { value: leaves, counts } = clean(of, value);
        // A whole number beyond 64 bits is of the right type, and no endpoint takes it.
        const beyond = Number.isInteger(value) && Math.abs(value as number) >= 2 ** 63;
        if (leaves === undefined)
          expect([{ wrongType: 1 }, ...(beyond ? [{ outOfRange: 1 }] : [])]).toContainEqual(counts);
        else if (Array.isArray(leaves)) expect(leaves.every((entry) => typeof entry === 'string')).toBe(true);
        else if (typeof leaves === 'number') expect(Number.isFinite(leaves)).toBe(true);
        else expect(['string', 'boolean']).toContain(typeof leaves);
      }),
    );
  });
});
