import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { describeError, isError } from '../../src/emission/describe-error.js';
import { expectCarriableText } from './helpers.js';

const LIMIT = 4096;
const throwing = (): never => {
  throw new Error('looked at');
};

function revoked(target: object): object {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
}

function errorWith(properties: Readonly<Record<string, unknown>>): Error {
  return Object.defineProperties(
    new Error('down'),
    Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, { value }])),
  );
}

describe('describeError()', () => {
  test('describeError() - says type, message and stack', () => {
    const { type, message, stack } = describeError(new RangeError('too far'), LIMIT);
    expect({ type, message }).toEqual({ type: 'RangeError', message: 'too far' });
    expect(stack).toMatch(/^RangeError: too far\n\s+at /);
  });

  test.each<readonly [string, unknown, string]>([
    ['a code that is an identifier', { code: 'ECONNREFUSED' }, 'ECONNREFUSED'],
    ['a code with dots and dashes', { code: 'db.dead-lock_1' }, 'db.dead-lock_1'],
    ['a code that is a sentence', { code: 'the server is down' }, 'Error'],
    ['a code that is empty', { code: '' }, 'Error'],
    ['a code that is a number', { code: 500 }, 'Error'],
    ['a code that begins with a digit', { code: '42P01' }, 'Error'],
    ['a code of 65', { code: 'E'.repeat(65) }, 'Error'],
    ['a code of 64', { code: 'E'.repeat(64) }, 'E'.repeat(64)],
    ['a name', { name: 'CardDeclined' }, 'CardDeclined'],
    ['a code and a name', { code: 'E_CARD', name: 'CardDeclined' }, 'E_CARD'],
    ['a name that is a sentence', { name: 'Card 4111 was declined' }, 'Error'],
    ['a name that is no text', { name: { toString: throwing } }, 'Error'],
  ])('describeError() - the type of an error with %s', (_what, properties, type) => {
    expect(describeError(errorWith(properties as Record<string, unknown>), LIMIT).type).toBe(type);
  });

  test('describeError() - an error of another realm is an error', () => {
    const foreign: unknown = runInNewContext('new TypeError("far")');
    expect(foreign instanceof Error).toBe(false);
    expect(describeError(foreign, LIMIT)).toMatchObject({ type: 'TypeError', message: 'far' });
    expect(describeError(new DOMException('stop', 'AbortError'), LIMIT)).toMatchObject({
      type: 'AbortError',
      message: 'stop',
    });
  });

  test.each<readonly [string, unknown, string]>([
    ['text', 'no luck', 'no luck'],
    ['a number', 42, 'thrown: number'],
    ['undefined', undefined, 'thrown: undefined'],
    ['null', null, 'thrown: null'],
    ['a symbol', Symbol('a'), 'thrown: symbol'],
    ['a BigInt', 1n, 'thrown: bigint'],
    ['an object with a message', { message: 'half an error', code: 'E_X' }, 'half an error'],
    ['an object without', { secret: 'x' }, 'thrown: object'],
    ['a function', throwing, 'thrown: function'],
    ['a Map', new Map(), 'thrown: object'],
  ])('describeError() - %s that was thrown is _OTHER and has no stack', (_what, thrown, message) => {
    expect(describeError(thrown, LIMIT)).toEqual({ type: '_OTHER', message });
  });

  test('describeError() - of what was described already is the same object', () => {
    const once = describeError(new Error('down'), LIMIT);
    expect(describeError(once, LIMIT)).toBe(once);
    expect(describeError({ ...once }, LIMIT)).not.toBe(once);
  });

  test('describeError() - is frozen', () => {
    expect(Object.isFrozen(describeError(new Error('down'), LIMIT))).toBe(true);
  });
});

describe('describeError() - causes', () => {
  test('describeError() - the stack goes on with those of the causes', () => {
    const error = new Error('job failed', {
      cause: new TypeError('no card', { cause: new Error('no network') }),
    });
    const stack = describeError(error, 100_000).stack ?? '';
    expect(stack.match(/^(?:Caused by: )?\w+: .*$/gm)).toEqual([
      'Error: job failed',
      'Caused by: TypeError: no card',
      'Caused by: Error: no network',
    ]);
  });

  test('describeError() - a cycle of causes ends', () => {
    const a = new Error('a');
    const b = new Error('b', { cause: a });
    a.cause = b;
    expect(describeError(a, 100_000).stack?.match(/^(?:Caused by: )?Error: .$/gm)).toEqual([
      'Error: a',
      'Caused by: Error: b',
    ]);
  });

  test('describeError() - of a long chain the first five causes are told', () => {
    let error = new Error('0');
    for (let i = 1; i <= 1000; i++) error = new Error(String(i), { cause: error });
    expect(describeError(error, 1_000_000).stack?.match(/Caused by/g)).toHaveLength(5);
  });

  test('describeError() - the stack of many errors in one goes on with theirs, each with its causes', () => {
    const error = new AggregateError(
      [new TypeError('no card', { cause: new Error('no network') }), 'a text', new RangeError('no money')],
      'all ways failed',
      { cause: new Error('closed') },
    );
    const stack = describeError(error, 100_000).stack ?? '';
    expect(stack.match(/^(?:Caused by: |One of its errors: )?\w+: .*$/gm)).toEqual([
      'AggregateError: all ways failed',
      'One of its errors: TypeError: no card',
      'Caused by: Error: no network',
      'One of its errors: RangeError: no money',
      'Caused by: Error: closed',
    ]);
  });

  test('describeError() - of a thousand errors in one the first five are told, and one that holds itself once', () => {
    const many = Array.from({ length: 1000 }, (_, i) => new Error(`${i}`));
    expect(describeError(new AggregateError(many), 1_000_000).stack?.match(/One of/g)).toHaveLength(5);
    const own = new AggregateError([]);
    own.errors.push(own);
    expect(describeError(own, 100_000).stack).not.toContain('One of');
  });

  test.each([
    ['a revoked Proxy', revoked([])],
    [
      'of a length that throws',
      new Proxy([], {
        get: () => {
          throw new Error('no');
        },
      }),
    ],
    ['a list with a slice of its own', Object.assign([], { slice: () => 5, map: () => 5 })],
    ['no list', 'many'],
  ])('describeError() - errors in one that are %s are left out', (_what, errors) => {
    const described = describeError(Object.assign(new Error('down'), { errors }), 100_000);
    expect(described.message).toBe('down');
    expect(described.stack).not.toContain('One of');
  });

  test.each<readonly [string, unknown]>([
    ['text', 'no luck'],
    ['null', null],
    ['a revoked Proxy', revoked(new Error('a'))],
  ])('describeError() - a cause that is %s ends the chain', (_what, cause) => {
    expect(describeError(new Error('down', { cause }), 100_000).stack).not.toContain('Caused by');
  });
});

describe('describeError() - hostile errors', () => {
  const all = ['name', 'message', 'code', 'stack', 'cause'];

  test('describeError() - getters that throw leave the rest', () => {
    for (const key of all) {
      const error = Object.defineProperty(new RangeError('down'), key, { get: throwing });
      const { type, message } = describeError(error, LIMIT);
      expect(type).toBe(key === 'name' ? 'Error' : 'RangeError');
      expect(message).toBe(key === 'message' ? '' : 'down');
    }
  });

  test('describeError() - without a stack the message stands for it', () => {
    expect(describeError(errorWith({ stack: undefined }), LIMIT).stack).toBe('down');
    expect(describeError(errorWith({ stack: 7, message: 7 }), LIMIT)).toEqual({ type: 'Error', message: '' });
  });

  test.each<readonly [string, () => unknown]>([
    ['a revoked Proxy', () => revoked(new Error('a'))],
    ['a Proxy whose getPrototypeOf throws', () => new Proxy(new Error('a'), { getPrototypeOf: throwing })],
    ['a Proxy whose get throws', () => new Proxy(new Error('a'), { get: throwing })],
    [
      'a Proxy whose every trap throws',
      () =>
        new Proxy(new Error('a'), {
          get: throwing,
          getPrototypeOf: throwing,
          has: throwing,
          ownKeys: throwing,
        }),
    ],
    ['a throwing toStringTag', () => Object.defineProperty({}, Symbol.toStringTag, { get: throwing })],
    [
      'all getters throwing',
      () => Object.create(Error.prototype, Object.fromEntries(all.map((key) => [key, { get: throwing }]))),
    ],
    ['an object without a prototype', () => Object.create(null)],
    ['a throwing toString', () => ({ toString: throwing, [Symbol.toPrimitive]: throwing })],
  ])('describeError() - %s is described', (_what, thrown) => {
    const { type, message, stack } = describeError(thrown(), LIMIT);
    for (const text of [type, message, stack ?? '']) expectCarriableText(text, LIMIT);
    expect(['Error', '_OTHER']).toContain(type);
  });

  test('isError() - is false for what can not be looked at', () => {
    expect(isError(revoked(new Error('a')))).toBe(false);
    expect(isError({ [Symbol.toStringTag]: 'Error' })).toBe(true);
    expect(isError('Error')).toBe(false);
  });

  test('describeError() - message and stack are cut, not within a surrogate pair', () => {
    const error = errorWith({ message: `${'x'.repeat(9)}😀`, stack: `${'y'.repeat(9)}😀` });
    expect(describeError(error, 10)).toEqual({ type: 'Error', message: 'x'.repeat(9), stack: 'y'.repeat(9) });
    expect(describeError('x'.repeat(20_000_000), LIMIT).message).toHaveLength(LIMIT);
  });
});

describe('describeError() - redactText', () => {
  test('describeError() - message and stack pass the hook, each told which it is', () => {
    const redact = (text: string, { part }: { part: string }): string =>
      `${part}: ${text.replaceAll('4111', '****')}`;
    const { message, stack } = describeError(new Error('card 4111'), LIMIT, redact);
    expect(message).toBe('message: card ****');
    expect(stack).toMatch(/^stack: Error: card \*{4}\n/);
  });

  test('describeError() - text that was thrown passes it too', () => {
    expect(describeError('card 4111', LIMIT, () => 'gone').message).toBe('gone');
    expect(describeError({ message: 'card 4111' }, LIMIT, () => 'gone').message).toBe('gone');
  });

  test('describeError() - the causes pass it with the stack', () => {
    const error = new Error('outer', { cause: new Error('card 4111') });
    const { stack } = describeError(error, 100_000, (text) => text.replaceAll('4111', '****'));
    expect(stack).toContain('Caused by: Error: card ****');
    expect(stack).not.toContain('4111');
  });

  test.each<readonly [string, () => unknown]>([
    ['throws', throwing],
    [
      'throws what can not be looked at',
      () => {
        throw revoked({});
      },
    ],
    ['gives no text', () => 7],
    ['gives nothing', () => undefined],
    ['gives a promise', () => Promise.resolve('late')],
  ])('describeError() - a hook that %s redacts everything', (_what, redact) => {
    expect(describeError(new Error('card 4111'), LIMIT, redact as () => string)).toEqual({
      type: '[redacted]',
      message: '[redacted]',
      stack: '[redacted]',
    });
  });

  test('describeError() - what the hook makes of a type is the type', () => {
    const redact = (text: string, { part }: { part: string }): string =>
      part === 'type' ? text.replace('ann_smith', 'user') : text;
    const thrown = Object.assign(new Error('down'), { code: 'ann_smith_1970' });
    expect(describeError(thrown, LIMIT, redact).type).toBe('user_1970');
    expect(describeError(thrown, LIMIT, () => '').type).toBe('_OTHER');
    expect(describeError('text', LIMIT, () => 'gone').type).toBe('_OTHER');
  });

  test.each<readonly [string, (secret: string) => (text: string) => string]>([
    ['replaces', (secret) => (text) => text.replaceAll(secret, '*')],
    ['replaces and lowers', (secret) => (text) => text.replaceAll(secret, '*').toLowerCase()],
    ['replaces and trims', (secret) => (text) => text.replaceAll(secret, '*').trim()],
  ])('describeError() - a hook that %s: half a secret at the cut leaves in no part', (_, hookOf) => {
    const secret = 'Secret-4111-1111-1111-1111';
    // What the hook makes of it is short: the cut is not hidden behind the limit.
    const text = `${secret} `.repeat(100_000);
    for (let shift = 0; shift < secret.length; shift++) {
      const { message, stack } = describeError(
        Object.assign(new Error(), { message: 'x'.repeat(shift) + text, stack: 'y'.repeat(shift) + text }),
        LIMIT,
        hookOf(secret),
      );
      expect(message).toMatch(/^x*[* ]+$/);
      expect(stack).toMatch(/^y*[* ]+$/);
    }
  });

  test('describeError() - a long text of which the hook keeps the first line loses nothing of it', () => {
    const text = `the first line\n${'and more of it '.repeat(100_000)}`;
    expect(describeError(text, LIMIT, (given) => given.split('\n')[0] as string).message).toBe(
      'the first line',
    );
  });

  test('describeError() - what the hook gives is cut, and what it gets is bounded', () => {
    const lengths: number[] = [];
    const redact = (text: string): string => {
      lengths.push(text.length);
      return 'x'.repeat(1000);
    };
    expect(describeError('y'.repeat(20_000_000), 10, redact).message).toBe('x'.repeat(10));
    expect(lengths).toEqual([40 + 4096]);
  });

  test('describeError() - a text that is cut in the middle of what is to be redacted leaves nothing of it beyond the limit', () => {
    const secret = 'secret-4111-1111';
    const text = `${'x'.repeat(LIMIT - 6)}${secret}`;
    const { message } = describeError(text, LIMIT, (t) => t.replaceAll(secret, '[card]'));
    expect(message).toBe(`${'x'.repeat(LIMIT - 6)}[card]`);
  });

  test('describeError() - is called once for each text, and not for an empty one', () => {
    const seen: string[] = [];
    const redact = (text: string, { part }: { part: string }): string => {
      seen.push(part);
      return text;
    };
    describeError(describeError(new Error('down'), LIMIT, redact), LIMIT, redact);
    describeError('', LIMIT, redact);
    expect(seen).toEqual(['type', 'message', 'stack']);
  });
});
