import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson } from '../../src/audit/canonical-json.js';

/** RFC 8785, appendix B: the bits of a number, and how it is written. */
const NUMBERS: readonly (readonly [string, string])[] = [
  ['0000000000000000', '0'],
  ['8000000000000000', '0'],
  ['0000000000000001', '5e-324'],
  ['8000000000000001', '-5e-324'],
  ['7fefffffffffffff', '1.7976931348623157e+308'],
  ['ffefffffffffffff', '-1.7976931348623157e+308'],
  ['4340000000000000', '9007199254740992'],
  ['c340000000000000', '-9007199254740992'],
  ['4430000000000000', '295147905179352830000'],
  ['44b52d02c7e14af5', '9.999999999999997e+22'],
  ['44b52d02c7e14af6', '1e+23'],
  ['44b52d02c7e14af7', '1.0000000000000001e+23'],
  ['444b1ae4d6e2ef4e', '999999999999999700000'],
  ['444b1ae4d6e2ef4f', '999999999999999900000'],
  ['444b1ae4d6e2ef50', '1e+21'],
  ['3eb0c6f7a0b5ed8c', '9.999999999999997e-7'],
  ['3eb0c6f7a0b5ed8d', '0.000001'],
  ['41b3de4355555553', '333333333.3333332'],
  ['41b3de4355555554', '333333333.33333325'],
  ['41b3de4355555555', '333333333.3333333'],
  ['41b3de4355555556', '333333333.3333334'],
  ['41b3de4355555557', '333333333.33333343'],
  ['becbf647612f3696', '-0.0000033333333333333333'],
  ['43143ff3c1cb0959', '1424953923781206.2'],
];

const numberOf = (bits: string): number => Buffer.from(bits, 'hex').readDoubleBE(0);

describe('canonicalJson()', () => {
  test.each(NUMBERS)(
    'canonicalJson() - writes the number of RFC 8785 with the bits %s as %s',
    (bits, text) => {
      expect(canonicalJson(numberOf(bits))).toBe(text);
    },
  );

  test.each(['7fffffffffffffff', '7ff0000000000000', 'fff0000000000000'])(
    'canonicalJson() - refuses the number with the bits %s',
    (bits) => {
      expect(() => canonicalJson(numberOf(bits))).toThrow('has no form in JSON');
    },
  );

  test('canonicalJson() - writes the sample of RFC 8785, section 3.2.2, to the byte', () => {
    const sample = JSON.parse(String.raw`{
      "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
      "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
      "literals": [null, true, false]
    }`);
    expect(canonicalJson(sample)).toBe(
      String.raw`{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`,
    );
  });

  test('canonicalJson() - orders keys as RFC 8785, section 3.2.3, does: by UTF-16 code units', () => {
    const sample = {
      '\u20ac': 'Euro Sign',
      '\r': 'Carriage Return',
      '\ufb33': 'Hebrew Letter Dalet With Dagesh',
      1: 'One',
      '\u{1f600}': 'Emoji: Grinning Face',
      '\u0080': 'Control',
      '\u00f6': 'Latin Small Letter O With Diaeresis',
    };
    expect(Object.values(JSON.parse(canonicalJson(sample)))).toEqual([
      // JSON.parse puts a whole number first: the text is what counts, below.
      'One',
      'Carriage Return',
      'Control',
      'Latin Small Letter O With Diaeresis',
      'Euro Sign',
      'Emoji: Grinning Face',
      'Hebrew Letter Dalet With Dagesh',
    ]);
    expect(canonicalJson(sample)).toMatch(/^\{"\\r":"Carriage Return","1":"One","\u0080":/);
  });

  test('canonicalJson() - refuses half a surrogate pair, in values and in keys, and what JSON does not have', () => {
    expect(() => canonicalJson('\ud800')).toThrow('half a surrogate pair');
    expect(() => canonicalJson({ '\udead': 1 })).toThrow('half a surrogate pair');
    expect(() => canonicalJson({ a: undefined })).toThrow('type undefined');
    expect(() => canonicalJson([1n])).toThrow('type bigint');
  });

  test('canonicalJson() - says the same as JSON, and is what it makes of what it made', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 3 }), (value) => {
        const text = canonicalJson(value);
        return (
          isDeepStrictEqual(JSON.parse(text), JSON.parse(JSON.stringify(value))) &&
          canonicalJson(JSON.parse(text)) === text
        );
      }),
    );
  });
});
