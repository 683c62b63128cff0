import { describe, expect, test } from 'vitest';
import type { Emission } from '../../src/emission/emission.js';
import { revealKey } from '../../src/emission/reveal.js';
import type { Snapshot } from '../../src/emission/snapshot.js';
import {
  boolean,
  duration,
  error,
  id,
  int,
  json,
  list,
  number,
  oneOf,
  optional,
  string,
  time,
} from '../../src/signal/field.js';
import { levels } from '../../src/signal/level.js';
import { defineSignal } from '../../src/signal/signal.js';
import { emitOf, emitOfSignal, RULES } from './helpers.js';

const throwing = (): never => {
  throw new Error('looked at');
};

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

const kinds = {
  name: string({ attribute: 'a.name' }),
  job: id({ attribute: 'a.job' }),
  currency: oneOf(['EUR', 'USD'], { attribute: 'a.currency' }),
  ok: boolean({ attribute: 'a.ok' }),
  amount: number({ attribute: 'a.amount' }),
  count: int({ attribute: 'a.count' }),
  took: duration({ attribute: 'a.took' }),
  at: time({ attribute: 'a.at' }),
  tags: list({ attribute: 'a.tags' }),
  extra: json({ attribute: 'a.extra' }),
};
const given = {
  name: 'n',
  job: 'j',
  currency: 'EUR',
  ok: true,
  amount: 1.5,
  count: 3,
  took: 1234,
  at: new Date(0),
  tags: ['a', 'b'],
  extra: { deep: [1] },
};

function emission(snapshot: Snapshot, ...reveal: string[]): Emission {
  return snapshot.emission(revealKey(reveal), {
    timestamp: 1_700_000_000_000.25,
    traceId: 't',
    spanId: 's',
  });
}

describe('Snapshot', () => {
  test('fields() - by names in code, in declared order and in the units of the code', () => {
    const { snapshot, counts } = emitOf(kinds, Object.fromEntries(Object.entries(given).reverse()));
    expect(Object.entries(snapshot.fields(''))).toEqual([
      ['name', 'n'],
      ['job', 'j'],
      ['currency', 'EUR'],
      ['ok', true],
      ['amount', 1.5],
      ['count', 3],
      ['took', 1234],
      ['at', '1970-01-01T00:00:00.000Z'],
      ['tags', ['a', 'b']],
      ['extra', '{"deep":[1]}'],
    ]);
    expect(counts).toEqual({});
  });

  test('attributes() - by keys on the wire, durations in seconds', () => {
    expect(emitOf(kinds, given).snapshot.attributes('')).toEqual({
      'a.name': 'n',
      'a.job': 'j',
      'a.currency': 'EUR',
      'a.ok': true,
      'a.amount': 1.5,
      'a.count': 3,
      'a.took': 1.234,
      'a.at': '1970-01-01T00:00:00.000Z',
      'a.tags': ['a', 'b'],
      'a.extra': '{"deep":[1]}',
    });
  });

  test('emission() - is frozen through and through, and the same for all who may see the same', () => {
    const { snapshot } = emitOf({ ...kinds, pin: number({ sensitive: true }) }, { ...given, pin: 1 });
    const one = emission(snapshot);
    for (const part of [one, one.fields, one.attributes, one.fields.tags, one.definition])
      expect(Object.isFrozen(part)).toBe(true);
    expect(emission(snapshot)).toBe(one);
    expect(emission(snapshot, 'pin')).not.toBe(one);
    expect(emission(snapshot, 'pin')).toBe(emission(snapshot, 'pin', 'pin'));
  });

  test('emission() - says what happened, how bad it is, when and where', () => {
    const signal = defineSignal('MAIL_SENT', { severity: 'warn', message: 'Mail sent' });
    expect(emission(emitOfSignal(signal, {}).snapshot)).toEqual({
      signal: 'MAIL_SENT',
      event: 'mail.sent',
      severity: 'warn',
      severityNumber: 13,
      message: 'Mail sent',
      timestamp: 1_700_000_000_000.25,
      fields: {},
      attributes: {},
      traceId: 't',
      spanId: 's',
      definition: signal,
    });
  });

  test('emission() - what the app changes afterwards changes nothing', () => {
    const values = { tags: ['a'], extra: { deep: [1] } };
    const { snapshot } = emitOf({ tags: list(), extra: json() }, values);
    values.tags.push('b');
    values.extra.deep.push(2);
    expect(emission(snapshot).fields).toEqual({ tags: ['a'], extra: '{"deep":[1]}' });
  });

  test('each field is read once, whoever looks', () => {
    const reads: string[] = [];
    const watched = new Proxy(given, {
      get(of, key) {
        reads.push(String(key));
        return Reflect.get(of, key);
      },
    });
    const { snapshot } = emitOf(kinds, watched);
    snapshot.attributes('');
    snapshot.fields('name');
    snapshot.values();
    emission(snapshot);
    expect(reads).toEqual(Object.keys(kinds));
  });

  test('values() - what a condition sees: as given, but only what passed the check', () => {
    const at = new Date(0);
    const fields = {
      at: time(),
      amount: number(),
      missing: optional(string()),
      pin: int({ sensitive: true }),
    };
    const { snapshot } = emitOf(fields, { at, amount: 'much', pin: 7 });
    expect(snapshot.values()).toEqual({ at, pin: 7 });
    expect(Object.isFrozen(snapshot.values())).toBe(true);
  });

  test('a field for metrics alone is in no view, but in what conditions see', () => {
    const { snapshot } = emitOf(
      { label: string({ metricsOnly: true }), size: int() },
      { label: 'x', size: 1 },
    );
    expect(snapshot.fields('')).toEqual({ size: 1 });
    expect(snapshot.attributes('')).toEqual({ size: 1 });
    expect(snapshot.values()).toEqual({ label: 'x', size: 1 });
    expect(snapshot.clean).toEqual(['x', 1]);
  });
});

describe('undeclared fields', () => {
  const fields = { name: string(), size: optional(int()) };

  test.each<readonly [string, object, number]>([
    ['none', { name: 'n', size: 1 }, 0],
    ['none, in another order', { size: 1, name: 'n' }, 0],
    ['none where an optional one is left out', { name: 'n' }, 0],
    ['none where an optional one is undefined', { name: 'n', size: undefined }, 0],
    ['one beside all', { name: 'n', size: 1, other: 1 }, 1],
    ['one in place of an optional one', { name: 'n', siez: 1 }, 1],
    ['one that is undefined', { name: 'n', other: undefined }, 1],
    ['three, before and behind', { a: 1, name: 'n', b: 2, size: 1, c: 3 }, 3],
    ['an attribute key', { name: 'n', 'a.name': 'n' }, 1],
  ])('undeclared - %s', (_what, values, undeclared) => {
    const { snapshot, counts } = emitOf(fields, values);
    expect(counts.undeclared ?? 0).toBe(undeclared);
    expect(Object.keys(snapshot.fields('')).every((name) => name in fields)).toBe(true);
  });

  test('undeclared - also beside a declared one that is a getter of a class', () => {
    class Mail {
      readonly other = 1;
      get name(): string {
        return 'n';
      }
    }
    const { snapshot, counts } = emitOf(fields, new Mail());
    expect(snapshot.fields('')).toEqual({ name: 'n' });
    expect(counts).toEqual({ undeclared: 1 });
  });

  test('undeclared - names that every object inherits are none', () => {
    const { snapshot, counts } = emitOf({ constructor: optional(string()), toString: optional(int()) }, {});
    expect(snapshot.fields('')).toEqual({});
    expect(counts).toEqual({});
  });

  test('declared - names that every object inherits are read where they are given', () => {
    const fields = { constructor: string(), hasOwnProperty: int(), __defineGetter__: optional(string()) };
    const { snapshot, counts } = emitOf(fields, { constructor: 'Bau AG', hasOwnProperty: 2 });
    expect(snapshot.fields('')).toEqual({ constructor: 'Bau AG', hasOwnProperty: 2 });
    expect(counts).toEqual({});
  });
});

describe('hostile fields', () => {
  const fields = { name: string(), size: int() };

  test('a getter that throws is [unserializable] and counted, the signal goes on', () => {
    const { snapshot, counts } = emitOf(fields, {
      get name() {
        return throwing();
      },
      size: 1,
    });
    expect(snapshot.fields('')).toEqual({ name: '[unserializable]', size: 1 });
    expect(snapshot.values()).toEqual({ size: 1 });
    expect(counts).toEqual({ unserializable: 1 });
  });

  test('a getter that is optional and throws is told too', () => {
    const { snapshot } = emitOf(
      { name: optional(string()) },
      {
        get name() {
          return throwing();
        },
      },
    );
    expect(snapshot.fields('')).toEqual({ name: '[unserializable]' });
  });

  test('a revoked Proxy in place of the fields', () => {
    const { snapshot, counts } = emitOf(fields, revoked());
    expect(snapshot.fields('')).toEqual({ name: '[unserializable]', size: '[unserializable]' });
    expect(counts).toEqual({ unserializable: 3 });
  });

  test.each<readonly [string, ProxyHandler<object>]>([
    ['ownKeys', { ownKeys: throwing }],
    ['getOwnPropertyDescriptor', { getOwnPropertyDescriptor: throwing }],
    ['has', { has: throwing }],
    ['getPrototypeOf', { getPrototypeOf: throwing }],
  ])('a Proxy in place of the fields whose %s throws: its values leave', (_what, handler) => {
    const { snapshot, counts } = emitOf(fields, new Proxy({ name: 'n', size: 1 }, handler));
    expect(snapshot.fields('')).toEqual({ name: 'n', size: 1 });
    expect(counts.wrongType ?? 0).toBe(0);
  });

  test.each<readonly [unknown, number]>([
    [null, 2],
    [undefined, 2],
    ['text', 3],
    [42, 3],
    [throwing, 3],
    [Symbol('a'), 3],
    [['a', 1], 3],
    [new Uint8Array(3), 3],
    [Buffer.from('abc'), 3],
  ])('%o in place of the fields: none of them is there', (values, wrongType) => {
    const { snapshot, counts } = emitOf(fields, values);
    expect(snapshot.fields('')).toEqual({});
    expect(counts).toEqual({ wrongType });
  });
});

describe('sensitive fields', () => {
  test('sensitive - in a signal made by hand, what is not plainly false is sensitive', () => {
    for (const odd of ['true', 1, {}]) {
      const made = defineSignal('SEEN', { fields: { pin: number() } });
      const signal = { ...made, fields: { pin: { kind: 'number', sensitive: odd as boolean } as const } };
      expect(emitOfSignal(signal, { pin: 1 }).snapshot.fields('')).toEqual({ pin: '[redacted]' });
    }
  });

  const fields = {
    user: id({ attribute: 'enduser.id', sensitive: true }),
    pin: number({ sensitive: true }),
    tags: list({ sensitive: true }),
    plan: string(),
    note: optional(string({ sensitive: true })),
  };
  const values = { user: 'u-1', pin: 1234, tags: ['a'], plan: 'free' };

  test('sensitive - are [redacted] in all views, whatever their kind; those left out are not there', () => {
    const { snapshot } = emitOf(fields, values);
    expect(snapshot.fields('')).toEqual({
      user: '[redacted]',
      pin: '[redacted]',
      tags: '[redacted]',
      plan: 'free',
    });
    expect(snapshot.attributes('')).toEqual({
      'enduser.id': '[redacted]',
      pin: '[redacted]',
      tags: '[redacted]',
      plan: 'free',
    });
    expect(JSON.stringify(emission(snapshot))).not.toMatch(/u-1|1234/);
  });

  test('sensitive - those that a route reveals are seen, and no others', () => {
    const { snapshot } = emitOf(fields, values);
    expect(emission(snapshot, 'user', 'plan', 'unknown')).toMatchObject({
      fields: { user: 'u-1', pin: '[redacted]', tags: '[redacted]', plan: 'free' },
      attributes: { 'enduser.id': 'u-1', pin: '[redacted]' },
    });
    expect(emission(snapshot, 'tags', 'pin').fields).toEqual({
      user: '[redacted]',
      pin: 1234,
      tags: ['a'],
      plan: 'free',
    });
    expect(emission(snapshot).fields.user).toBe('[redacted]');
  });

  test('sensitive - an error loses its code and its name with its message and its stack', () => {
    const { snapshot } = emitOf(
      { cause: error({ sensitive: true }) },
      { cause: new RangeError('card 4111') },
    );
    expect(snapshot.fields('')).toEqual({ cause: '[redacted]' });
    expect(snapshot.attributes('')).toEqual({
      'error.type': '[redacted]',
      'exception.type': '[redacted]',
      'exception.message': '[redacted]',
    });
    expect(emission(snapshot, 'cause').attributes['exception.stacktrace']).toContain('card 4111');
  });
});

describe('errors', () => {
  test('error - gives the attributes of the convention, and its message as field', () => {
    const { snapshot } = emitOf({ cause: error() }, { cause: new RangeError('too far') });
    expect(snapshot.fields('')).toEqual({ cause: 'too far' });
    expect(snapshot.attributes('')).toEqual({
      'error.type': 'RangeError',
      'exception.type': 'RangeError',
      'exception.message': 'too far',
      'exception.stacktrace': expect.stringContaining('RangeError: too far'),
    });
  });

  test("error - with detail 'type' gives its type alone", () => {
    const { snapshot } = emitOf({ cause: error({ detail: 'type' }) }, { cause: new RangeError('too far') });
    expect(snapshot.attributes('')).toEqual({ 'error.type': 'RangeError' });
  });

  test('error - anything may be thrown', () => {
    expect(emitOf({ cause: error() }, { cause: 'no luck' }).snapshot.attributes('')).toEqual({
      'error.type': '_OTHER',
      'exception.type': '_OTHER',
      'exception.message': 'no luck',
    });
    expect(emitOf({ cause: error() }, { cause: revoked() }).snapshot.fields('')).toEqual({
      cause: 'thrown: object',
    });
    expect(emitOf({ cause: error() }, { cause: null }).snapshot.fields('')).toEqual({
      cause: 'thrown: null',
    });
  });

  test('error - a redactText that throws redacts it', () => {
    const rules = { ...RULES, redactText: throwing };
    const { snapshot } = emitOf({ cause: error() }, { cause: new Error('card 4111') }, rules);
    expect(snapshot.attributes('')).toMatchObject({
      'exception.message': '[redacted]',
      'exception.stacktrace': '[redacted]',
    });
  });
});

describe('message', () => {
  const fields = {
    user: id({ sensitive: true }),
    took: duration(),
    at: optional(time()),
    size: optional(int()),
  };
  const values = { user: 'u-1', took: 1500, at: new Date(0) };

  function messageOf(message: unknown, given?: string): string {
    return emitOfSignal(
      defineSignal('SEEN', { fields, message: message as string }),
      values,
      RULES,
      given,
    ).snapshot.message();
  }

  test('message - text as it is, a function of what may leave, or what one emit gave', () => {
    expect(messageOf('Seen')).toBe('Seen');
    expect(messageOf((v: Record<string, unknown>) => `${v.user} ${v.took} ${v.at} ${v.size}`)).toBe(
      '[redacted] 1500 1970-01-01T00:00:00.000Z undefined',
    );
    expect(messageOf(throwing, 'Given')).toBe('Given');
  });

  test('message - a function that throws or gives no text gives way to the name', () => {
    expect(messageOf(throwing)).toBe('SEEN');
    expect(messageOf(() => 42)).toBe('SEEN');
    expect(messageOf(() => Promise.resolve('late'))).toBe('SEEN');
    expect(messageOf((v: { user: { toFixed(): string } }) => v.user.toFixed())).toBe('SEEN');
  });

  test('message - can change nothing of what leaves', () => {
    expect(
      messageOf((v: Record<string, unknown>) => {
        v.took = 0;
        return 'changed';
      }),
    ).toBe('SEEN');
  });

  test.each<readonly [string, unknown]>([
    ['a number', 42],
    ['an error', new Error('no luck')],
    ['null', null],
  ])('message - given as %s is counted, and the own one stands', (_what, message) => {
    const signal = defineSignal('SEEN', { message: 'Seen' });
    const { snapshot, counts } = emitOfSignal(signal, {}, RULES, message);
    expect(snapshot.message()).toBe('Seen');
    expect(counts).toEqual({ wrongType: 1 });
  });

  test('message - is cut', () => {
    expect(messageOf('x'.repeat(20_000_000))).toHaveLength(4096);
    expect(messageOf('', 'x'.repeat(5000))).toHaveLength(4096);
    expect(messageOf(() => `${'x'.repeat(4095)}😀`)).toBe('x'.repeat(4095));
  });

  test('message - the function is called once, and not where nobody looks', () => {
    let calls = 0;
    const signal = defineSignal('SEEN', {
      message: () => {
        calls++;
        return 'Seen';
      },
    });
    const { snapshot } = emitOfSignal(signal, {});
    expect(calls).toBe(0);
    snapshot.message();
    emission(snapshot);
    expect(calls).toBe(1);
  });

  test('snapshot - tells sinks the errors among the fields whole, once, and nothing of those that are not shown', () => {
    const thrown = new RangeError('too far', { cause: new Error('no rope') });
    const { snapshot } = emitOf({ error: error(), name: string() }, { error: thrown, name: 'n' });
    const seen = emission(snapshot);
    expect(seen.errors).toEqual({
      error: {
        type: 'RangeError',
        message: 'too far',
        stack: expect.stringContaining('Caused by: Error: no rope'),
      },
    });
    expect(Object.isFrozen(seen.errors) && Object.isFrozen(seen.errors?.error)).toBe(true);
    const hidden = emitOf({ secret: error({ sensitive: true }) }, { secret: new Error('pin 1234') }).snapshot;
    expect(JSON.stringify(emission(hidden))).not.toContain('1234');
    expect(emission(hidden, 'secret').errors?.secret).toMatchObject({ message: 'pin 1234' });
  });

  test('snapshot - has no errors where there are none, and redacted ones where a hook redacts', () => {
    expect('errors' in emission(emitOf({ name: string() }, { name: 'n' }).snapshot)).toBe(false);
    const rules = { ...RULES, redactText: (text: string) => text.replaceAll('1234', '…') };
    const { snapshot } = emitOf({ error: error() }, { error: new Error('pin 1234') }, rules);
    expect(JSON.stringify(emission(snapshot).errors)).not.toContain('1234');
    expect(emission(snapshot).errors?.error?.message).toBe('pin …');
  });

  test('snapshot - tells the errors of a plain level record by their names, also by those that every object has', () => {
    const given = { constructor: new RangeError('too far'), ok: true };
    const { snapshot } = emitOfSignal(levels.error, given, RULES, 'm');
    expect(Object.keys(emission(snapshot).errors ?? {})).toEqual(['constructor']);
    expect(emission(emitOfSignal(levels.info, { ok: true }, RULES, 'm').snapshot).errors).toBeUndefined();
  });
});

describe('weight()', () => {
  const long = (text: string): string => `${text}${'x'.repeat(4_000)}`;

  test('weight() - has what a policy makes of a short value, for views that show that', () => {
    const { snapshot } = emitOf({ who: string({ sensitive: long }) }, { who: 'ann' });
    const shown = snapshot.attributes(revealKey(['who']));
    expect(shown.who).toBe('ann');
    const before = snapshot.weight();
    expect(before).toBeLessThan(1_000);
    expect(snapshot.attributes(revealKey([])).who).toHaveLength(4_003);
    expect(snapshot.weight()).toBe(before + 4_000);
  });

  test('weight() - has the type and the message that a policy makes of an error', () => {
    const { snapshot } = emitOf(
      { why: error({ sensitive: long }) },
      { why: Object.assign(new Error('no'), { stack: '' }) },
    );
    snapshot.attributes(revealKey([]));
    expect(snapshot.weight()).toBeGreaterThan(8_000);
  });

  test('weight() - of a value that a policy shortens is that of the value', () => {
    const { snapshot } = emitOf({ who: string({ sensitive: () => 'x' }) }, { who: 'a'.repeat(1_000) });
    snapshot.attributes(revealKey([]));
    expect(snapshot.weight()).toBeGreaterThan(1_000);
  });
});
