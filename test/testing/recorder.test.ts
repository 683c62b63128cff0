import type { SignalboxOptions } from 'signalbox';
import { createSignalbox, defineSignal, field, SignalboxError } from 'signalbox';
import type { Expected, Recorder } from 'signalbox/testing';
import { recorder } from 'signalbox/testing';
import { describe, expect, test } from 'vitest';

const ALL = defineSignal('RECORDER_ALL', {
  fields: {
    name: field.optional(field.string()),
    amount: field.optional(field.number()),
    took: field.optional(field.duration()),
    at: field.optional(field.time()),
    tags: field.optional(field.list()),
    error: field.optional(field.error()),
    payload: field.optional(field.json()),
    user: field.optional(field.id({ sensitive: true })),
  },
});

const cyclic: { self?: object } = {};
cyclic.self = cyclic;

function seenOf(
  values: object,
  options: Pick<SignalboxOptions<'seen'>, 'limits' | 'redactText'> = {},
): Recorder {
  const seen = recorder();
  createSignalbox({ ...options, destinations: { seen } }).emit(ALL, values);
  return seen;
}

// As plain JavaScript gives them: their types are those of test/types.
const says = (seen: Recorder, given: Expected): void => {
  const expected = given as object;
  expect(() => seen.assertEmitted(ALL, expected)).not.toThrow();
  expect(() => seen.assertNotEmitted(ALL, expected)).toThrow('RECORDER_ALL was emitted with');
};
const denies = (seen: Recorder, given: Expected): void => {
  const expected = given as object;
  expect(() => seen.assertNotEmitted(ALL, expected)).not.toThrow();
  expect(() => seen.assertEmitted(ALL, expected)).toThrow('RECORDER_ALL was not emitted with');
};

describe('recorder()', () => {
  test.each<readonly [string, unknown, unknown]>([
    ['name', 'a', 'b'],
    ['name', '', undefined],
    ['amount', 1.5, 1],
    ['took', 1234, 1.234],
    ['at', new Date(5), new Date(6)],
    ['at', 5, 6],
    ['tags', ['a', 'b'], ['a']],
    ['error', new Error('no luck'), new Error('luck')],
    ['error', 'thrown text', 'other text'],
    ['payload', { a: 1 }, { a: 2 }],
    ['payload', [1, { b: null }], [1]],
    ['payload', null, undefined],
    ['payload', 'text', 'other'],
    ['payload', new Date(5), new Date(6)],
    ['payload', cyclic, { self: {} }],
  ])('recorder() - knows what was emitted as %s: %o, and what was not: %o', (name, value, other) => {
    const seen = seenOf({ [name]: value });
    says(seen, { [name]: value });
    denies(seen, { [name]: other });
    denies(seenOf({ [name]: other }), { [name]: value });
  });

  test.each<readonly [string, unknown, string]>([
    ['at', new Date(5), '1970-01-01T00:00:00.005Z'],
    ['error', new Error('no luck'), 'no luck'],
    ['payload', { a: 1 }, '{"a":1}'],
    ['user', 'u-1', '[redacted]'],
  ])('recorder() - also takes %s as a sink sees it', (name, value, seen) => {
    says(seenOf({ [name]: value }), { [name]: seen });
  });

  test('recorder() - what is not named is not compared, and what is undefined was not given', () => {
    const seen = seenOf({ name: 'a', amount: 1 });
    says(seen, {});
    says(seen, { name: 'a' });
    says(seen, { name: 'a', took: undefined });
    denies(seen, { name: 'a', amount: undefined });
  });

  test.each(['assertEmitted', 'assertNotEmitted'] as const)(
    'recorder() - %s says which name is no field, and what was meant, whatever was emitted',
    (assert) => {
      for (const seen of [seenOf({}), seenOf({ amount: 3 })])
        expect(() => seen[assert](ALL, { amonut: 3 } as object)).toThrow(
          new SignalboxError(
            `${assert}: RECORDER_ALL has no field 'amonut'. Did you mean 'amount'? Its fields: name, amount, took, at, tags, error, payload, user.`,
          ),
        );
      const BARE = defineSignal('RECORDER_BARE');
      expect(() => seenOf({})[assert](BARE, { toString: 3 } as object)).toThrow(
        `${assert}: RECORDER_BARE has no field 'toString'. Its fields: none.`,
      );
    },
  );

  test.each(['assertEmitted', 'assertNotEmitted'] as const)(
    'recorder() - %s says what it can not compare',
    (assert) => {
      const seen = recorder();
      const HIDDEN = defineSignal('RECORDER_HIDDEN', {
        fields: { plan: field.string({ metricsOnly: true }) },
        metrics: [{ type: 'counter', name: 'hidden', by: ['plan'] }],
      });
      expect(() => seen[assert](HIDDEN, { plan: 'free' })).toThrow(
        `${assert}: the field 'plan' of RECORDER_HIDDEN is metricsOnly: it reaches no sink, and can not be compared. Leave it out.`,
      );
      expect(() => seen[assert](ALL, 'amount' as never)).toThrow(
        `${assert}: the expected values of RECORDER_ALL are 'amount'. Give values by the names of its fields, or nothing.`,
      );
      expect(() => seen[assert]('RECORDER_ALL' as never)).toThrow(
        `${assert}: the signal is 'RECORDER_ALL'. Give one made by defineSignal.`,
      );
      expect(() => seen.emissions('RECORDER_ALL' as never)).toThrow('emissions: the signal is');
    },
  );

  test('recorder() - a value of the wrong type is like none that was emitted, nor like none at all', () => {
    denies(seenOf({ name: 'a' }), { name: 7 });
    denies(seenOf({}), { name: 7, amount: 'much' });
  });

  test.each<readonly [string, (text: string) => unknown]>([
    ['name', (text) => text],
    ['payload', (text) => ({ text })],
    ['error', (text) => new Error(text)],
    ['tags', (text) => [text, 'a']],
  ])('recorder() - a long value is known, cut or not: %s', (name, of) => {
    const long = 'x'.repeat(10_000);
    for (const options of [{}, { limits: { stringLength: 20_000 } }]) {
      const seen = seenOf({ [name]: of(long) }, options);
      says(seen, { [name]: of(long) });
      denies(seen, { [name]: of(long.slice(1000, 2000)) });
      denies(seen, { [name]: of(`y${long}`) });
    }
  });

  test('recorder() - a value that was cut at a limit of one’s own is known by what is left of it', () => {
    says(seenOf({ name: 'abcdef' }, { limits: { stringLength: 3 } }), { name: 'abc' });
    denies(seenOf({ name: 'abc' }), { name: 'abcdef' });
  });

  test('recorder() - an error that redactText rewrote is known by what it became', () => {
    const seen = seenOf(
      { error: new Error('card 4111') },
      { redactText: (text) => text.replace('4111', '****') },
    );
    says(seen, { error: new Error('card ****') });
    says(seen, { error: 'card ****' });
  });

  test('recorder() - knows the values of plain level records', () => {
    const seen = recorder();
    const box = createSignalbox({ destinations: { seen } });
    box.error('failed', {
      error: new Error('no luck'),
      at: new Date(5),
      nested: { a: 1 },
      big: 12n,
      n: 1,
      nil: null,
    });
    const signal = seen.emissions()[0]?.definition;
    if (!signal) throw new Error('nothing was emitted');
    for (const expected of [
      { error: new Error('no luck') },
      { at: new Date(5) },
      { nested: { a: 1 } },
      { big: 12n },
      { n: 1 },
      { nil: null },
    ]) {
      seen.assertEmitted(signal, expected);
      expect(() => seen.assertNotEmitted(signal, expected)).toThrow('ERROR was emitted with');
    }
    for (const expected of [{ error: new Error('luck') }, { nested: { a: 2 } }, { n: '1' }]) {
      seen.assertNotEmitted(signal, expected);
      expect(() => seen.assertEmitted(signal, expected)).toThrow('ERROR was not emitted with');
    }
  });

  test('recorder() - says what it looked for, whatever that is, and what there was', () => {
    const seen = seenOf({ name: 'a' });
    expect(() =>
      seen.assertEmitted(ALL, { error: new Error('no luck'), payload: { a: 1 }, name: 7 } as object),
    ).toThrow(
      'RECORDER_ALL was not emitted with {"error":"no luck","payload":"{\\"a\\":1}","name":7}. It was emitted 1 times:\n  RECORDER_ALL {"name":"a"}',
    );
    expect(() => seen.assertEmitted(ALL, { payload: cyclic, amount: 12n } as object)).toThrow(
      'RECORDER_ALL was not emitted with {"payload":"[unserializable]","amount":"12"}. It was emitted 1 times:',
    );
    seen.clear();
    expect(() => seen.assertEmitted(ALL)).toThrow(
      'RECORDER_ALL was not emitted with {}. Emitted:\n  nothing',
    );
  });
});
