import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { jsonOf } from '../../src/emission/json.js';

const throwing = (): never => {
  throw new Error('looked at');
};

function oracle(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}

describe('jsonOf()', () => {
  test.each<readonly [unknown, string]>([
    [{ a: [1, 'b', null, true] }, '{"a":[1,"b",null,true]}'],
    ['text', '"text"'],
    [new Date(0), '"1970-01-01T00:00:00.000Z"'],
    [new Date(Number.NaN), 'null'],
    [new Map([[1, 2]]), '{}'],
    [{ left: undefined, out: () => 1, [Symbol('a')]: 1 }, '{}'],
    [[undefined, () => 1, Symbol('a'), Number.NaN, -0], '[null,null,null,null,0]'],
    // biome-ignore lint/suspicious/noSparseArray: a hole is what is tried
    [[, 1], '[null,1]'],
    [{ n: Object(1), s: Object('s'), b: Object(false) }, '{"n":1,"s":"s","b":false}'],
    [JSON.parse('{"__proto__":1}'), '{"__proto__":1}'],
    [{ 'a"b': '\ud800' }, '{"a\\"b":"\\ud800"}'],
    [null, 'null'],
  ])('jsonOf() - of %o is %s', (value, json) => {
    expect(jsonOf(value, 100)).toEqual({ text: json, lost: 0 });
  });

  test('jsonOf() - toJSON is asked as JSON.stringify does: of everything, with the name', () => {
    const toJSON = vi.fn((name: string) => ({ name }));
    expect(jsonOf({ a: { toJSON }, b: [{ toJSON }] }, 100)?.text).toBe(
      '{"a":{"name":"a"},"b":[{"name":"0"}]}',
    );
    expect(jsonOf({ toJSON }, 100)?.text).toBe('{"name":""}');
    expect(
      jsonOf(
        Object.assign(() => 1, { toJSON: () => 'f' }),
        100,
      )?.text,
    ).toBe('"f"');
    expect(jsonOf({ toJSON: () => undefined }, 100)).toBeUndefined();
    expect(jsonOf({ toJSON: 'no function' }, 100)?.text).toBe('{"toJSON":"no function"}');
  });

  test('jsonOf() - each property is read once', () => {
    const reads: string[] = [];
    const watched = new Proxy({ a: 1, b: { c: 2 }, d: undefined } as object, {
      get: (of, key) => {
        if (typeof key === 'string' && key !== 'toJSON') reads.push(key);
        return Reflect.get(of, key);
      },
    });
    jsonOf({ watched }, 100);
    expect(reads).toEqual(['a', 'b', 'd']);
  });

  test('jsonOf() - of anything that is not too much, gives what JSON.stringify gives', () => {
    const anything = fc.anything({
      withBigInt: true,
      withBoxedValues: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withObjectString: true,
      withNullPrototype: true,
      withSparseArray: false,
      stringUnit: 'binary',
    });
    fc.assert(
      fc.property(anything, (value) => {
        expect(jsonOf(value, 1_000_000)?.text).toBe(oracle(value));
      }),
    );
  });

  test('jsonOf() - one object in two places is no cycle', () => {
    const twice = { a: 1 };
    expect(jsonOf([twice, twice, { twice }], 100)?.text).toBe('[{"a":1},{"a":1},{"twice":{"a":1}}]');
  });

  test('jsonOf() - is right up to the limit, and not much longer', () => {
    const value = { a: 'x'.repeat(20_000_000), b: new Array(5000).fill('y'.repeat(1000)) };
    const text = jsonOf(value, 1000)?.text ?? '';
    expect(text.slice(0, 1000)).toBe(JSON.stringify(value).slice(0, 1000));
    expect(text.length).toBeGreaterThan(1000);
    expect(text.length).toBeLessThan(2100);
  });

  test('jsonOf() - binary data is named, counted and not looked at', () => {
    const body = Object.assign(Buffer.from('abc'), { toJSON: throwing });
    expect(
      jsonOf({ body, made: { toJSON: () => new Uint8Array(3) }, raw: new ArrayBuffer(3) }, 1000),
    ).toEqual({
      text: '{"body":"[unserializable]","made":"[unserializable]","raw":"[unserializable]"}',
      lost: 3,
    });
    expect(jsonOf(body, 100)).toBeUndefined();
  });

  test('jsonOf() - gives nothing where there is no JSON, or too much of it', () => {
    const cyclic: { self?: object } = {};
    cyclic.self = cyclic;
    const list: unknown[] = [];
    list.push({ list });
    const hostile: readonly unknown[] = [
      12n,
      cyclic,
      list,
      Symbol('a'),
      () => 1,
      undefined,
      { toJSON: throwing },
      Object(12n),
      new Array(10_001).fill(0),
      new Array(2 ** 32 - 1),
      Object.fromEntries(Array.from({ length: 10_001 }, (_, i) => [i, i])),
    ];
    for (const value of hostile) expect(jsonOf(value, 100)).toBeUndefined();
  });
});
