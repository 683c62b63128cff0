import type { AnySignal, Field, RedactionPolicy, Signal } from 'signalbox';
import { defineSignal, field } from 'signalbox';
import { lastFour } from 'signalbox/redaction';
import { expectTypeOf, test } from 'vitest';
import { IDLE, PAID, STARTED } from './fixtures.js';

test('defineSignal() - the signal is typed by its values', () => {
  expectTypeOf(PAID).toEqualTypeOf<
    Signal<{
      job_id: string;
      currency: 'EUR' | 'USD';
      amount: number;
      took: number;
      user?: string | undefined;
    }>
  >();
  expectTypeOf(IDLE).toEqualTypeOf<Signal<{ since?: number | undefined }>>();
  // biome-ignore lint/complexity/noBannedTypes: what a signal without fields takes is the empty object type
  expectTypeOf(STARTED).toEqualTypeOf<Signal<{}>>();
});

test('defineSignal() - every kind of field has its type', () => {
  const ALL = defineSignal('ALL', {
    fields: {
      string: field.string(),
      id: field.id(),
      oneOf: field.oneOf(['a', 'b']),
      boolean: field.boolean(),
      number: field.number(),
      int: field.int(),
      duration: field.duration(),
      time: field.time(),
      error: field.error(),
      list: field.list(),
      json: field.json(),
    },
  });
  expectTypeOf(ALL).toEqualTypeOf<
    Signal<{
      string: string;
      id: string;
      oneOf: 'a' | 'b';
      boolean: boolean;
      number: number;
      int: number;
      duration: number;
      time: Date | number;
      error: unknown;
      list: readonly string[];
      json: unknown;
    }>
  >();
});

test('defineSignal() - any signal is an AnySignal, and one signal is not another', () => {
  expectTypeOf(PAID).toExtend<AnySignal>();
  expectTypeOf(STARTED).toExtend<AnySignal>();
  expectTypeOf(PAID).not.toExtend<Signal<{ amount: string }>>();
});

test('defineSignal() - a constant can be annotated, so that it compiles under isolatedDeclarations', () => {
  interface Sent {
    to: string;
    template?: string | undefined;
  }
  const SENT: Signal<Sent> = defineSignal('SENT', {
    fields: { to: field.id(), template: field.optional(field.string()) },
  });
  expectTypeOf(SENT).toEqualTypeOf<Signal<Sent>>();
  // @ts-expect-error the annotation and the fields must agree
  const WRONG: Signal<Sent> = defineSignal('WRONG', { fields: { to: field.number() } });
  expectTypeOf(WRONG).toEqualTypeOf<Signal<Sent>>();
});

test('defineSignal() - what is no field does not compile', () => {
  defineSignal('SENT', { fields: { to: field.string() } });
  // @ts-expect-error a kind's name is no field
  defineSignal('SENT', { fields: { to: 'string' } });
  // @ts-expect-error the function is no field: call it
  defineSignal('SENT', { fields: { to: field.string } });
});

test('defineSignal() - options are checked', () => {
  defineSignal('SENT', { severity: 'warn', event: 'mail.sent', spanEvents: 'lifecycle' });
  // @ts-expect-error 'warning' is no severity
  defineSignal('SENT', { severity: 'warning' });
  // @ts-expect-error `metric` is no option
  defineSignal('SENT', { metric: [] });
  // @ts-expect-error 'always' is no way to put it on spans
  defineSignal('SENT', { spanEvents: 'always' });
});

test('field options - a misspelt option does not compile, whatever the kind', () => {
  field.string({ attribute: 'email.to', sensitive: true });
  // @ts-expect-error `sensitiv` would leak the value
  field.string({ attribute: 'email.to', sensitiv: true });
  // @ts-expect-error `sensitiv` would leak the value
  field.oneOf(['a'], { attribute: 'email.to', sensitiv: true });
  // @ts-expect-error `sensitiv` would leak the value
  field.boolean({ attribute: 'email.to', sensitiv: true });
  // @ts-expect-error `sensitiv` would leak the value
  field.id({ attribute: 'email.to', sensitiv: true });
  // @ts-expect-error `details` is no option
  field.error({ details: 'type' });
  // @ts-expect-error an attribute's key is text
  field.int({ attribute: 7 });
});

test('field options - what the hover says of a field', () => {
  expectTypeOf(field.string()).toEqualTypeOf<Field<string, 'string'>>();
  expectTypeOf(field.id({ attribute: 'job.id' })).toEqualTypeOf<Field<string, 'id'>>();
  expectTypeOf(field.text()).toEqualTypeOf<Field<string, 'text'>>();
  expectTypeOf(field.text({ sensitive: true })).toExtend<{ readonly sensitive: true }>();
  expectTypeOf(field.oneOf(['a', 'b'])).toEqualTypeOf<Field<'a' | 'b', 'enum'>>();
  expectTypeOf(field.number({ sensitive: true })).toExtend<{ readonly sensitive: true }>();
  expectTypeOf(field.id({ sensitive: lastFour })).toExtend<{ readonly sensitive: RedactionPolicy }>();
  expectTypeOf(field.number({ sensitive: false })).toEqualTypeOf<Field<number, 'number'>>();
  expectTypeOf(field.optional(field.int())).toExtend<{ readonly optional: true }>();
});

test('message - is text, or a function of the values as they leave', () => {
  defineSignal('SENT', { message: 'Mail sent' });
  defineSignal('SENT', {
    fields: {
      to: field.id({ sensitive: true }),
      size: field.int(),
      at: field.time(),
      cause: field.error(),
      extra: field.json(),
      tags: field.list(),
      kind: field.optional(field.oneOf(['welcome', 'reset'])),
      pin: field.optional(field.number({ sensitive: true })),
      card: field.number({ sensitive: lastFour }),
      cards: field.optional(field.list({ sensitive: lastFour })),
    },
    message: (values) => {
      expectTypeOf(values).toEqualTypeOf<{
        readonly to: '[redacted]';
        readonly size: number;
        readonly at: string;
        readonly cause: string;
        readonly extra: string;
        readonly tags: readonly string[];
        readonly kind: 'welcome' | 'reset' | undefined;
        readonly pin: '[redacted]' | undefined;
        readonly card: string | undefined;
        readonly cards: readonly string[] | undefined;
      }>();
      return `${values.size.toFixed(1)} bytes to ${values.to}`;
    },
  });
});

test('field options - a policy takes a text and answers with text or nothing', () => {
  field.text({ sensitive: (text) => text.slice(0, 2) });
  field.text({ sensitive: () => undefined });
  // @ts-expect-error a number is no text
  field.text({ sensitive: (text: string) => text.length });
  // @ts-expect-error it has to answer at once
  field.text({ sensitive: async (text: string) => text });
  defineSignal('SENT', {
    fields: { user: field.string({ sensitive: lastFour }), size: field.int({ sensitive: lastFour }) },
    metrics: [
      // @ts-expect-error what is sensitive is no label, whatever its policy
      { type: 'counter', name: 'sent', by: ['user'] },
      // @ts-expect-error nor measured
      { type: 'histogram', name: 'size', of: 'size' },
    ],
  });
});

test('message - a function that can not work does not compile', () => {
  // @ts-expect-error a number is no message
  defineSignal('SENT', { fields: { size: field.int() }, message: (values) => values.size });
  // @ts-expect-error `sice` is no field
  defineSignal('SENT', { fields: { size: field.int() }, message: (values) => `${values.sice}` });
  // @ts-expect-error a time leaves as text
  defineSignal('SENT', { fields: { at: field.time() }, message: (values) => `${values.at.getTime()}` });
  defineSignal('SENT', {
    fields: { pin: field.number({ sensitive: true }) },
    // @ts-expect-error a sensitive number is redacted
    message: (values) => values.pin.toFixed(2),
  });
  // @ts-expect-error neither is a number
  defineSignal('SENT', { message: 42 });
});
