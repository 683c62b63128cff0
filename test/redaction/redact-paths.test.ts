import fc from 'fast-check';
import { createSignalbox } from 'signalbox';
import { drop, keyedHash, lastFour, mask, redactPaths } from 'signalbox/redaction';
import { recorder } from 'signalbox/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { expectSentence, wrong } from '../support/misuse.js';
import { recordDiag, resetOtel } from '../support/otel.js';

let told: string[];
beforeEach(() => {
  told = recordDiag();
});
afterEach(resetOtel);

/** What leaves of the fields of a plain level record, JSON as what it says. */
function left(paths: Parameters<typeof redactPaths>[0], given: object): Record<string, unknown> {
  const seen = recorder();
  const box = createSignalbox({
    destinations: { seen },
    routes: [{ signals: '*', to: 'seen' }],
    redact: redactPaths(paths),
  });
  box.info('hello', given);
  const { fields = {} } = seen.emissions()[0] ?? {};
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      typeof value === 'string' && /^[[{](?!redacted|unser)/.test(value) ? JSON.parse(value) : value,
    ]),
  );
}

describe('redactPaths()', () => {
  test.each<[path: string, given: object, left: object]>([
    ['password', { password: 'x', user: 'ann' }, { password: '[redacted]', user: 'ann' }],
    ['password', { password: 5 }, { password: '[redacted]' }],
    ['password', { password: ['a', 'b'] }, { password: '[redacted]' }],
    ['password', { password: null }, { password: '[redacted]' }],
    ['password', { password: undefined }, {}],
    ['password', { a: { password: 'x' } }, { a: { password: 'x' } }],
    ['user.token', { user: { token: 't', id: 1 } }, { user: { token: '[redacted]', id: 1 } }],
    ['user.token', { user: 'token' }, { user: 'token' }],
    ['user.*.token', { user: { a: { token: 1 }, b: [] } }, { user: { a: { token: '[redacted]' }, b: [] } }],
    ['*.token', { a: { token: 1, b: { token: 2 } } }, { a: { token: '[redacted]', b: { token: 2 } } }],
    ['*', { a: 1, b: 'c' }, { a: '[redacted]', b: '[redacted]' }],
    ['cards[*]', { cards: ['1', '2'] }, { cards: ['[redacted]', '[redacted]'] }],
    ['cards[0]', { cards: ['1', '2'] }, { cards: ['[redacted]', '2'] }],
    ['cards.1', { cards: ['1', '2'] }, { cards: ['1', '[redacted]'] }],
    [
      'cards.*.no',
      { cards: [{ no: 1 }, { no: 2, x: 3 }] },
      { cards: [{ no: '[redacted]' }, { no: '[redacted]', x: 3 }] },
    ],
    [
      'headers["set-cookie"]',
      { headers: { 'set-cookie': 'a', b: 1 } },
      { headers: { 'set-cookie': '[redacted]', b: 1 } },
    ],
    ["headers['a.b']", { headers: { 'a.b': 'a' } }, { headers: { 'a.b': '[redacted]' } }],
    ['["*"].a', { '*': { a: 1 }, b: { a: 1 } }, { '*': { a: '[redacted]' }, b: { a: 1 } }],
    ['user.token', { 'user.token': 't', 'user.id': 1 }, { 'user.token': '[redacted]', 'user.id': 1 }],
    ['user', { 'user.token': 't', users: 1 }, { 'user.token': '[redacted]', users: 1 }],
    [
      'http.request.headers.cookie',
      { 'http.request': { headers: { cookie: 'c' } } },
      { 'http.request': { headers: { cookie: '[redacted]' } } },
    ],
    [
      'req.headers["x.key"]',
      {
        'req.headers.x.key': 1,
        'req.headers': { 'x.key': 2 },
        req: { 'headers.x.key': 3 },
        'req.headers.x': 4,
      },
      {
        'req.headers.x.key': '[redacted]',
        'req.headers': { 'x.key': '[redacted]' },
        req: { 'headers.x.key': '[redacted]' },
        'req.headers.x': 4,
      },
    ],
    ['req["a.b"]', { 'req.a.b.c': 1, 'req.a': 2 }, { 'req.a.b.c': '[redacted]', 'req.a': 2 }],
    [
      'req.*.token',
      { 'req.a.b.token': 1, 'req.a.b': { token: 2 }, 'req.token': 3 },
      { 'req.a.b.token': '[redacted]', 'req.a.b': { token: '[redacted]' }, 'req.token': 3 },
    ],
    ['constructor.name', { a: 1 }, { a: 1 }],
    [
      'a.__proto__',
      { a: JSON.parse('{ "__proto__": 1, "b": 2 }') },
      { a: JSON.parse('{ "__proto__": "[redacted]", "b": 2 }') },
    ],
  ])('redactPaths() - %s of %j', (path, given, expected) => {
    expect(left([path], given)).toEqual(expected);
    expect(told).toEqual([]);
  });

  test('redactPaths() - a name of too many dots has its value redacted', () => {
    const name = 'a.'.repeat(2000);
    expect(left(['*.*.b'], { [name]: 's3cret', c: 1 })).toEqual({ [name]: '[redacted]', c: 1 });
    expect(told).toEqual(['signalbox: redact threw: the value is [redacted]']);
  });

  test('redactPaths() - gives each path its policy; of several that lead to a value, the first counts', () => {
    const hash = keyedHash({ key: 'k'.repeat(32), keyId: 'k1' });
    const paths = {
      '*.card': lastFour,
      'b.*': true,
      'user.id': hash,
      'user.name': drop,
      phones: mask,
    } as const;
    const given = {
      a: { card: '4111111111111111' },
      b: { card: '4111111111111111', c: 1 },
      user: { id: 'u-1', name: 'ann' },
      phones: ['1', '22'],
    };
    expect(left(paths, given)).toEqual({
      a: { card: '********1111' },
      b: { card: '********1111', c: '[redacted]' },
      user: { id: hash('u-1') },
      phones: ['********', '********'],
    });
  });

  test('redactPaths() - a policy is given an object as JSON, and of what is dropped nothing is there', () => {
    const asked: string[] = [];
    const ask = (text: string): string => {
      asked.push(text);
      return 'x';
    };
    expect(left({ a: ask, b: drop, c: drop }, { a: { n: 1 }, b: { m: 1 }, c: 5 })).toEqual({ a: 'x' });
    expect(asked).toEqual(['{"n":1}']);
  });

  test('redactPaths() - what toJSON says is what paths lead into', () => {
    class User {
      readonly #token = 's3cret';
      toJSON(): object {
        return { token: this.#token, at: new Date(0) };
      }
    }
    expect(left(['user.token', 'users.*.token'], { user: new User(), users: [new User()] })).toEqual({
      user: { token: '[redacted]', at: '1970-01-01T00:00:00.000Z' },
      users: [{ token: '[redacted]', at: '1970-01-01T00:00:00.000Z' }],
    });
  });

  test('redactPaths() - bytes, dates, and primitives in a box stay what they are', () => {
    const given = { a: Buffer.from('abc'), b: new Date(0), c: Object('text'), d: { e: Object(5) } };
    expect(left(['*.*', 'd.e.f'], { ...given, d: 1 })).toEqual({
      a: '[unserializable]',
      b: '1970-01-01T00:00:00.000Z',
      c: '"text"',
      d: 1,
    });
    expect(left(['d.e.f'], given)).toMatchObject({ d: { e: 5 } });
  });

  test('redactPaths() - reads each property once, and a getter that throws loses no more than its own value', () => {
    let read = 0;
    const user = {
      get token() {
        return `t${++read}`;
      },
      get name() {
        return `n${++read}`;
      },
      get broken() {
        throw new Error('no');
      },
    };
    expect(left(['user.token'], { user })).toEqual({
      user: { token: '[redacted]', name: 'n2', broken: '[unserializable]' },
    });
    expect(read).toBe(2);
  });

  test('redactPaths() - a path into an error takes its stack and its causes with it', () => {
    const seen = recorder();
    const box = createSignalbox({
      destinations: { seen },
      routes: [{ signals: '*', to: 'seen' }],
      redact: redactPaths({ 'error.message': true, 'other.code': true, '*.token': true, whole: true }),
    });
    const thrown = (): Error =>
      Object.assign(new TypeError('card 4111', { cause: new Error('of ann') }), { code: 'E_ANN', token: 1 });
    box.error(thrown());
    box.error('failed', { other: thrown(), left: thrown(), whole: thrown() });
    box.error('failed', thrown());
    const [first, second, third] = seen.emissions();
    expect(first?.message).toBe('[redacted]');
    for (const emission of [first, third]) {
      expect(JSON.stringify({ ...emission, definition: undefined })).not.toMatch(/4111|of ann/);
      expect(emission?.attributes).toMatchObject({
        'error.type': 'E_ANN',
        'exception.message': '[redacted]',
      });
    }
    expect(second?.errors?.other).toEqual({ type: 'TypeError', message: 'card 4111', stack: 'card 4111' });
    expect(second?.errors?.left?.stack).toContain('Caused by: Error: of ann');
    expect(second?.fields.whole).toBe('[redacted]');
    expect(told).toEqual([]);
  });

  /** Errors as HTTP clients throw them: with the request on them. */
  const failed = (more: object): Error => Object.assign(new Error('boom'), more);
  const config = { headers: { authorization: 's3cret' } };
  const safe = { headers: { authorization: '[redacted]' } };

  test.each<[what: string, path: string, given: object, left: object]>([
    [
      'an own property',
      'ctx.err.config.headers.authorization',
      { ctx: { err: failed({ config }) } },
      { ctx: { err: { config: safe } } },
    ],
    [
      'what its toJSON says',
      'ctx.err.config.headers.authorization',
      { ctx: { err: failed({ toJSON: () => ({ config }) }) } },
      { ctx: { err: { config: safe } } },
    ],
    [
      'one of a list',
      'errs[0].response',
      { errs: [failed({ response: 's3cret' })] },
      { errs: [{ response: '[redacted]' }] },
    ],
    [
      'any name',
      '*.*.authorization',
      { ctx: { err: failed(config.headers) } },
      { ctx: { err: safe.headers } },
    ],
    [
      'an error that toJSON gives',
      'err.config.headers.authorization',
      { err: { toJSON: () => failed({ config }) } },
      { err: { config: safe } },
    ],
    [
      'an error in an error',
      'a.b.inner.token',
      { a: { b: failed({ inner: failed({ token: 's3cret' }) }) } },
      { a: { b: { inner: { token: '[redacted]' } } } },
    ],
    [
      'its message',
      'a.b.message',
      { a: { b: failed({ message: 's3cret', stack: 's3cret', toJSON: () => 's3cret' }) } },
      { a: { b: {} } },
    ],
    ['nothing of it', 'a.b.c', { a: { b: failed({ d: 1 }) } }, { a: { b: { d: 1 } } }],
  ])(
    'redactPaths() - an error within a value is JSON, and paths lead into that: %s',
    (_, path, given, expected) => {
      expect(left([path], given)).toEqual(expected);
      expect(told).toEqual([]);
    },
  );

  test('redactPaths() - an error that is a value of the record stays one: none of its other properties leave', () => {
    const seen = recorder();
    const box = createSignalbox({ destinations: { seen }, redact: redactPaths(['err.config.headers']) });
    box.info('hello', { err: failed({ config, toJSON: () => config }) });
    expect(seen.emissions()[0]?.errors?.err).toMatchObject({ type: 'Error', message: 'boom' });
    expect(JSON.stringify(seen.emissions())).not.toContain('s3cret');
  });

  test.each<[what: string, value: unknown, left: unknown]>([
    [
      'a function in a list',
      [Object.assign(() => 1, { toJSON: () => ({ token: 's3cret' }) })],
      [{ token: '[redacted]' }],
    ],
    [
      'a function that toJSON gives',
      [{ toJSON: () => Object.assign(() => 1, { toJSON: () => ({ token: 's3cret' }) }) }],
      [null],
    ],
    [
      'a box that toJSON gives',
      [{ toJSON: () => Object.assign(Object('text'), { toJSON: () => ({ token: 's3cret' }) }) }],
      ['text'],
    ],
    [
      'bytes that toJSON gives',
      [{ toJSON: () => Object.assign(new ArrayBuffer(1), { toJSON: () => ({ token: 's3cret' }) }) }],
      ['[unserializable]'],
    ],
  ])('redactPaths() - what JSON would ask again is asked once: %s', (_, value, expected) => {
    expect(left(['a[*].token'], { a: value })).toEqual({ a: expected });
  });

  test('redactPaths() - a function and a BigInt that are values of the record are told as without paths', () => {
    expect(left(['*.token'], { a: () => 1, b: 5n })).toEqual({ a: '[unserializable]', b: '5' });
  });

  test('redactPaths() - an error in the place of the message can be redacted whole', () => {
    const seen = recorder();
    const routes = [{ signals: '*', to: 'seen' }] as const;
    for (const paths of [{ error: true }, { error: drop }] as const) {
      const box = createSignalbox({ destinations: { seen }, routes, redact: redactPaths(paths) });
      box.error(new Error('card 4111'));
    }
    const said = seen.emissions().map(({ message, fields, errors }) => ({ message, fields, errors }));
    expect(said).toEqual([
      { message: '[redacted]', fields: { error: '[redacted]' }, errors: undefined },
      { message: '', fields: {}, errors: undefined },
    ]);
  });

  test('redactPaths() - a value of too many parts is redacted whole, counted and told once', () => {
    const seen = recorder();
    const box = createSignalbox({
      destinations: { seen },
      routes: [{ signals: '*', to: 'seen' }],
      redact: redactPaths(['rows.*.token']),
    });
    const rows = Array.from({ length: 20_000 }, () => ({ token: 's3cret' }));
    for (let i = 0; i < 2; i++) box.info('hello', { rows });
    expect(seen.emissions().map(({ fields }) => fields)).toEqual(Array(2).fill({ rows: '[redacted]' }));
    expect(box.stats().values.withheld).toBe(2);
    expect(told).toEqual(['signalbox: redact threw: the value is [redacted]']);
  });

  test.each([
    ['throws', () => JSON.parse('{')],
    ['gives a number', () => 5],
    ['gives a promise', () => Promise.reject(new Error('4111'))],
  ])('redactPaths() - a policy that %s has the value redacted whole, and is counted', async (_, policy) => {
    const seen = recorder();
    const box = createSignalbox({
      destinations: { seen },
      routes: [{ signals: '*', to: 'seen' }],
      redact: redactPaths({ 'a.b': wrong(policy) }),
    });
    box.info('hello', { a: { b: 4111, c: 1 } });
    expect(seen.emissions()[0]?.fields).toEqual({ a: '[redacted]' });
    expect(box.stats().values.withheld).toBe(1);
  });

  test.each<[string, unknown, string]>([
    [
      'no list',
      'password',
      "the paths are 'password'. Give a list of them, as in ['password', 'user.*.token'].",
    ],
    ['a path of another type', [5], 'the path 5 is not a string.'],
    ['an empty path', [''], "the path '' is empty."],
    ['an empty name', ['a..b'], "the path 'a..b' can not be read from '..b' on."],
    ['a dot at the end', ['a.'], "the path 'a.' can not be read from '.' on."],
    ['an open bracket', ['a[b'], "the path 'a[b' can not be read from '[b' on."],
    ['a bare name in brackets', ['a[b]'], "the path 'a[b]' can not be read from '[b]' on."],
    ['a star for a part of a name', ['pass*'], "the path 'pass*' can not be read from 'pass*' on."],
    ['two stars', ['a.**'], "the path 'a.**' can not be read from '.**' on."],
    ['a name right behind a bracket', ['a[0]b'], "the path 'a[0]b' can not be read from 'b' on."],
    [
      '17 names',
      [Array(17).fill('a').join('.')],
      `the path '${Array(17).fill('a').join('.')}' has more than 16 names.`,
    ],
    [
      'a policy that is none',
      { a: 'mask' },
      "the policy of the path 'a' is 'mask'. Use true, or a policy such as mask.",
    ],
    ['257 paths', Array(257).fill('a'), "there are 257 paths. Give 256 at most: '*' matches any one name."],
  ])('redactPaths() - refuses %s', (_, paths, sentence) => {
    const how = `Write names after dots or in brackets, as in 'user.*.token' and 'headers["set-cookie"]'; '*' matches any one name.`;
    const whole = sentence.startsWith('the path ') ? `${sentence} ${how}` : sentence;
    expectSentence(() => redactPaths(wrong(paths)), `redactPaths: ${whole}`);
  });
});

// The plainest form of it: each path by itself, over what JSON says.
function model(paths: readonly (readonly string[])[], name: string, value: unknown): unknown {
  const rests = paths.filter(([first]) => first === name || first === '*').map((path) => path.slice(1));
  if (rests.some((rest) => rest.length === 0)) return '[redacted]';
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((entry, i) => model(rests, String(i), entry));
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, model(rests, key, inner)]));
}

test('redactPaths() - redacts what the paths say and nothing else, and changes no value of the app', () => {
  const name = fc.constantFrom('a', 'b', 'c', '0', '1');
  const step = fc.oneof({ arbitrary: name, weight: 3 }, fc.constant('*'));
  const value = fc.letrec((tie) => ({
    any: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom('x', 1, true, null),
      fc.dictionary(name, tie('any'), { maxKeys: 3 }),
      fc.array(tie('any'), { maxLength: 3 }),
    ),
  })).any;
  fc.assert(
    fc.property(
      fc.array(fc.array(step, { minLength: 1, maxLength: 4 }), { maxLength: 4 }),
      fc.dictionary(name, value, { maxKeys: 3 }),
      (paths, given) => {
        const before = JSON.stringify(given);
        const redact = redactPaths(paths.map((path) => path.join('.')));
        for (const key of Object.keys(given)) {
          const frozen = deepFrozen(structuredClone(given[key]));
          expect(JSON.stringify(redact(key, frozen))).toBe(JSON.stringify(model(paths, key, frozen)));
          redact(key, given[key]);
        }
        expect(JSON.stringify(given)).toBe(before);
      },
    ),
    { numRuns: 500 },
  );
});

function deepFrozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(deepFrozen);
  return value;
}
