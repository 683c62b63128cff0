import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { swallow } from '../../src/emission/swallow.js';
import { noUnhandledRejections } from '../promises/rejections.js';

noUnhandledRejections();

describe('swallow()', () => {
  test('swallow() - a promise that rejects, of whatever realm, is no unhandled one', () => {
    swallow(Promise.reject(new Error('no')));
    swallow(runInNewContext('Promise.reject(new Error("no"))'));
    const thenable = Object.assign(() => {}, {
      // biome-ignore lint/suspicious/noThenProperty: a thenable is what is tried
      then: (_: unknown, rejected: (reason: unknown) => void) => rejected(new Error('no')),
    });
    swallow(thenable);
    // That none was unhandled is looked at behind each test of this file.
  });

  test('swallow() - throws nothing, whatever it is given', () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    const throws = (): never => {
      throw new Error('no');
    };
    const getter = Object.defineProperty({}, 'then', { get: throws });
    // biome-ignore lint/suspicious/noThenProperty: a thenable is what is tried
    for (const given of [undefined, null, 1, 'text', {}, proxy, getter, { then: throws }, { then: 1 }])
      expect(() => swallow(given)).not.toThrow();
  });
});
