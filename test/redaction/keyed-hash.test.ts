import { createHmac, randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { keyedHash } from 'signalbox/redaction';
import { describe, expect, test } from 'vitest';
import { expectSentence, wrong } from '../support/misuse.js';

const KEY = 'an example of a key with 36 bytes...';

describe('keyedHash()', () => {
  test('keyedHash() - is HMAC-SHA-256 of the text by the key, behind the key’s id', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const hash = createHmac('sha256', KEY).update(text, 'utf8').digest('base64url');
        return keyedHash({ key: KEY, keyId: 'k1' })(text) === `k1:${hash}`;
      }),
    );
  });

  test('keyedHash() - is what RFC 4231 says (test case 6, whose key is long enough)', () => {
    const hash = keyedHash({ key: Buffer.alloc(131, 0xaa), keyId: 'rfc' });
    const hex = '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54';
    expect(hash('Test Using Larger Than Block-Size Key - Hash Key First')).toBe(
      `rfc:${Buffer.from(hex, 'hex').toString('base64url')}`,
    );
  });

  test('keyedHash() - another key makes another hash', () => {
    const [one, two] = [randomBytes(32), randomBytes(32)].map((key) => keyedHash({ key, keyId: 'k' }));
    expect(one?.('u-1')).not.toBe(two?.('u-1'));
  });

  test('keyedHash() - keeps a copy of the key, and shows it nowhere', () => {
    const key = Buffer.from(KEY);
    const hash = keyedHash({ key, keyId: 'k1' });
    const before = hash('u-1');
    key.fill(0);
    expect(hash('u-1')).toBe(before);
    expect(inspect(hash, { showHidden: true, depth: 9 })).not.toContain('example');
  });

  test.each<[string, object | undefined, string]>([
    [
      'a short key',
      { key: 'hunter2', keyId: 'k1' },
      '`key` has 7 bytes. Give at least 32 random ones, as randomBytes(32).',
    ],
    [
      'a key of another type',
      { key: 12345678, keyId: 'k1' },
      '`key` is neither a string nor a Uint8Array. Give at least 32 random bytes, as randomBytes(32).',
    ],
    [
      'a key id that is none',
      { key: KEY, keyId: 'a:b' },
      "`keyId` is 'a:b'. Give letters, digits, '_', '-' and '.', at most 64, as in '2026-11'.",
    ],
    [
      'no key id',
      { key: KEY },
      "`keyId` is undefined. Give letters, digits, '_', '-' and '.', at most 64, as in '2026-11'.",
    ],
    [
      'an option that there is not',
      { key: KEY, keyid: 'k1' },
      "there is no option 'keyid'. Did you mean 'keyId'? There are `key`, `keyId`.",
    ],
  ])('keyedHash() - refuses %s, and tells nothing of the key', (_, options, sentence) => {
    expectSentence(() => keyedHash(wrong(options)), `keyedHash: ${sentence}`);
  });
});
