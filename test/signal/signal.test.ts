import { describe, expect, test } from 'vitest';
import { compileSchema } from '../../src/emission/compiled-signal.js';
import { error, id, int, list, number, oneOf, optional, string } from '../../src/signal/field.js';
import { defineSignal, nameRegistry, shapeOf } from '../../src/signal/signal.js';
import { expectSentence, wrong } from '../support/misuse.js';

describe('defineSignal()', () => {
  test('defineSignal() - gives defaults to what is left out', () => {
    expect(defineSignal('MAIL_WAS_SENT')).toEqual({
      name: 'MAIL_WAS_SENT',
      event: 'mail.was_sent',
      severity: 'info',
      message: 'mail was sent',
      fields: {},
      metrics: [],
      spanEvents: 'ordinary',
      open: false,
    });
  });

  test('defineSignal() - keeps the fields in declared order, with what was said of them', () => {
    const SENT = defineSignal('SENT', {
      fields: {
        to: id({ attribute: 'email.to', sensitive: true }),
        size: optional(int()),
        kind: oneOf(['a']),
      },
    });
    expect(Object.entries(SENT.fields)).toEqual([
      ['to', { kind: 'id', attribute: 'email.to', sensitive: true }],
      ['size', { kind: 'int', optional: true }],
      ['kind', { kind: 'enum', values: ['a'] }],
    ]);
  });

  test('defineSignal() - is frozen, and not changed by what it was made from', () => {
    const fields = { size: int() };
    const metric = { type: 'counter', name: 'sent' } as const;
    const SENT = defineSignal('SENT', { fields, metrics: [metric] });
    for (const part of [SENT, SENT.fields, SENT.fields.size, SENT.metrics, SENT.metrics[0]])
      expect(Object.isFrozen(part)).toBe(true);
    Object.assign(fields, { size: string() });
    Object.assign(metric, { name: 'changed' });
    expect(SENT.fields.size?.kind).toBe('int');
    expect(SENT.metrics[0]?.name).toBe('sent');
  });

  test('defineSignal() - signals with a field in common share what is known of it, until that field is changed', () => {
    const size = int();
    const FIRST = defineSignal('FIRST', { fields: { size, other: { ...size } } });
    const SECOND = defineSignal('SECOND', { fields: { size, length: size } });
    expect(SECOND.fields.size).toBe(FIRST.fields.size);
    Object.assign(size, { sensitive: true, attribute: 'mail.size' });
    const THIRD = defineSignal('THIRD', { fields: { size } });
    const known = [FIRST, SECOND, THIRD].flatMap((signal) =>
      compileSchema(signal).fields.map(({ name, key, sensitive }) => [name, key, sensitive]),
    );
    expect(known).toEqual([
      ['size', 'size', false],
      ['other', 'other', false],
      ['size', 'size', false],
      ['length', 'length', false],
      ['size', 'mail.size', true],
    ]);
  });

  test('defineSignal() - makes the name known in this process, unless the definition is wrong', () => {
    defineSignal('KNOWN_NAME');
    expect(nameRegistry()).toContain('KNOWN_NAME');
    expect(() => defineSignal('UNKNOWN_NAME', { severity: wrong('bad') })).toThrow();
    expect(nameRegistry()).not.toContain('UNKNOWN_NAME');
  });
});

describe('defineSignal() - misuse', () => {
  const SENT = (options: unknown): unknown => defineSignal('SENT', wrong(options));

  test.each<readonly [string, unknown, string]>([
    ['no options', null, 'the options are null. Give an object, as in { fields: … }.'],
    ['text', 'info', "the options are 'info'. Give an object, as in { fields: … }."],
    [
      'an unknown severity',
      { severity: 'warning' },
      "the severity 'warning' is not known. Use one of trace, debug, info, warn, error, fatal.",
    ],
    [
      'an inherited severity',
      { severity: 'toString' },
      "the severity 'toString' is not known. Use one of trace, debug, info, warn, error, fatal.",
    ],
    [
      'a message that is a number',
      { message: 42 },
      'the message is 42. Give text, or a function of the values that returns text.',
    ],
    [
      'an unknown way to put it on spans',
      { spanEvents: 'always' },
      "`spanEvents` is 'always'. Use 'ordinary', 'lifecycle' or 'off'.",
    ],
    [
      'a list of fields',
      { fields: ['to'] },
      '`fields` is a list of 1. Give an object of fields by name, as in { job_id: field.id() }.',
    ],
    [
      'fields as text',
      { fields: 'to' },
      "`fields` is 'to'. Give an object of fields by name, as in { job_id: field.id() }.",
    ],
    [
      'metrics that are no list',
      { metrics: { type: 'counter', name: 'sent' } },
      "`metrics` is a value of type object. Give a list, as in [{ type: 'counter', name: 'email.sent' }].",
    ],
  ])('defineSignal() - %s', (_what, options, sentence) => {
    expectSentence(() => SENT(options), `defineSignal('SENT'): ${sentence}`);
  });

  test.each(['time', 'signal', 'message', 'severity', 'trace_id', 'span_id', 'job.id', '1st', 'a b', ''])(
    'defineSignal() - a field can not be called %o',
    (name) => {
      expectSentence(
        () => SENT({ fields: { [name]: string() } }),
        `defineSignal('SENT'): a field can not be called '${name}'. Use an identifier other than time, signal, message, severity, trace_id, span_id.`,
      );
    },
  );

  test('defineSignal() - a field can not be called __proto__', () => {
    expectSentence(
      () => SENT({ fields: JSON.parse('{ "__proto__": { "kind": "string" } }') }),
      "defineSignal('SENT'): a field can not be called '__proto__'. Use an identifier other than time, signal, message, severity, trace_id, span_id.",
    );
  });

  test.each<readonly [string, unknown, string]>([
    ['text', 'string', "'string'"],
    ['a function', string, 'a function'],
    ['nothing', undefined, 'undefined'],
    ['an unknown kind', { kind: 'number64' }, 'a value of type object'],
    ['an inherited kind', { kind: 'toString' }, 'a value of type object'],
    ['an optional nothing', optional(wrong(undefined)), 'a value of type object'],
  ])('defineSignal() - a field that is %s', (_what, field, shown) => {
    expectSentence(
      () => SENT({ fields: { to: field } }),
      `defineSignal('SENT'): field 'to' is ${shown}. Make it with the functions of \`field\`, as in \`to: field.string()\`.`,
    );
  });

  test.each<readonly [unknown, string]>([
    ['', "''"],
    [7, '7'],
    [null, 'null'],
    ['__proto__', "'__proto__'"],
  ])('defineSignal() - an attribute that is %o', (attribute, shown) => {
    expectSentence(
      () => SENT({ fields: { to: string({ attribute: wrong(attribute) }) } }),
      `defineSignal('SENT'): field 'to' has the attribute ${shown}. Give a non-empty key, as in 'job.id'.`,
    );
  });

  test.each<readonly [unknown, string]>([
    [[], 'a list of 0'],
    ['EUR', "'EUR'"],
    [['EUR', 7], 'a list of 2'],
    [undefined, 'undefined'],
  ])('defineSignal() - a field that is one of %o', (values, shown) => {
    expectSentence(
      () => SENT({ fields: { currency: oneOf(wrong(values)) } }),
      `defineSignal('SENT'): field 'currency' is one of ${shown}. Give a list of strings, as in \`field.oneOf(['EUR', 'USD'])\`.`,
    );
  });

  test.each([
    ['sensitive', 'Use true, false, or a policy, as those of signalbox/redaction.'],
    ['metricsOnly', 'Use true or false.'],
    ['optional', 'Use true or false.'],
  ])('defineSignal() - a field whose `%s` is no boolean', (option, fix) => {
    const sentence = (shown: string): string =>
      `defineSignal('SENT'): field 'to': \`${option}\` is ${shown}. ${fix}`;
    const field = (value: unknown): unknown => ({ fields: { to: { ...string(), [option]: value } } });
    expectSentence(() => SENT(field('true')), sentence("'true'"));
    expectSentence(() => SENT(field(1)), sentence('1'));
    expectSentence(() => SENT(field(null)), sentence('null'));
    for (const value of [true, false, undefined]) expect(() => SENT(field(value))).not.toThrow();
  });

  test('defineSignal() - two fields can not have the same attribute', () => {
    expectSentence(
      () => SENT({ fields: { to: string(), cc: list({ attribute: 'to' }) } }),
      "defineSignal('SENT'): the fields 'to' and 'cc' have the same attribute 'to'. Give each its own.",
    );
  });

  test('defineSignal() - nor two errors, nor an error and a field with the key of its type', () => {
    expectSentence(
      () => SENT({ fields: { error: error(), before: error({ detail: 'type' }) } }),
      "defineSignal('SENT'): the fields 'error' and 'before' have the same attribute 'error.type'. Give each its own.",
    );
    expectSentence(
      () => SENT({ fields: { reason: string({ attribute: 'error.type' }), error: error() } }),
      "defineSignal('SENT'): the fields 'reason' and 'error' have the same attribute 'error.type'. Give each its own.",
    );
  });

  test('defineSignal() - a field for metrics alone may have the key of another: it is in no record', () => {
    const label = string({ attribute: 'error.type', metricsOnly: true });
    expect(Object.keys(defineSignal('SENT', { fields: { label, error: error() } }).fields)).toHaveLength(2);
  });
});

describe('shapeOf()', () => {
  const base = { fields: { size: number() }, message: 'a' } as const;

  test('shapeOf() - is the same for the same definition, whatever its message', () => {
    expect(shapeOf(defineSignal('SENT', base))).toBe(
      shapeOf(defineSignal('SENT', { ...base, message: () => 'b' })),
    );
  });

  test.each([
    ['severity', { ...base, severity: 'warn' as const }],
    ['event name', { ...base, event: 'other' }],
    ['a kind', { ...base, fields: { size: int() } }],
    ['another field', { ...base, fields: { size: number(), to: string() } }],
    ['what is sensitive', { ...base, fields: { size: number({ sensitive: true }) } }],
    ['a policy of what is sensitive', { ...base, fields: { size: number({ sensitive: () => 'x' }) } }],
    ['what is optional', { ...base, fields: { size: optional(number()) } }],
    ['a metric', { ...base, metrics: [{ type: 'counter' as const, name: 'sent' }] }],
    ['what becomes of it on spans', { ...base, spanEvents: 'off' as const }],
  ])('shapeOf() - is another one with another %s', (_what, options) => {
    expect(shapeOf(defineSignal('SENT', wrong(options)))).not.toBe(shapeOf(defineSignal('SENT', base)));
  });
});
