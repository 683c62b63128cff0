import type { DurableOutcome, LevelFields, LevelMethod, Signal } from 'signalbox';
import { createSignalbox } from 'signalbox';
import { expectTypeOf, test } from 'vitest';
import { IDLE, PAID, STARTED } from './fixtures.js';

const box = createSignalbox();
const paid = { job_id: 'job_1', currency: 'EUR', amount: 12, took: 83 } as const;

test('emit() - takes the declared fields; optional ones may be left out or undefined', () => {
  box.emit(PAID, { job_id: 'job_1', currency: 'EUR', amount: 12, took: 83 });
  box.emit(PAID, { job_id: 'job_1', currency: 'USD', amount: 12, took: 83, user: 'u' });
  box.emit(PAID, { job_id: 'job_1', currency: 'USD', amount: 12, took: 83, user: undefined });
  box.emit(PAID, paid);
});

test('emit() - a missing field does not compile', () => {
  // @ts-expect-error `took` is missing
  box.emit(PAID, { job_id: 'job_1', currency: 'EUR', amount: 12 });
  // @ts-expect-error all are missing
  box.emit(PAID, {});
  // @ts-expect-error the fields themselves are missing
  box.emit(PAID);
  // @ts-expect-error only optional fields may be undefined
  box.emit(PAID, { ...paid, took: undefined });
});

test('emit() - an unknown field does not compile', () => {
  // @ts-expect-error `tok` is no field
  box.emit(PAID, { job_id: 'job_1', currency: 'EUR', amount: 12, took: 83, tok: 1 });
  // @ts-expect-error attribute keys are for the wire, not for code
  box.emit(PAID, { 'job.id': 'job_1', currency: 'EUR', amount: 12, took: 83 });
});

test('emit() - a value of the wrong type does not compile', () => {
  // @ts-expect-error a string is no number
  box.emit(PAID, { job_id: 'job_1', currency: 'EUR', amount: '12', took: 83 });
  // @ts-expect-error null is no string
  box.emit(PAID, { job_id: null, currency: 'EUR', amount: 12, took: 83 });
  // @ts-expect-error a number is no optional string
  box.emit(PAID, { ...paid, user: 7 });
});

test('emit() - a value that is not in the list of oneOf does not compile, also in a variable', () => {
  // @ts-expect-error 'GBP' is not in the list
  box.emit(PAID, { job_id: 'job_1', currency: 'GBP', amount: 12, took: 83 });
  const currency: string = 'EUR';
  // @ts-expect-error any string is too wide
  box.emit(PAID, { job_id: 'job_1', currency, amount: 12, took: 83 });
});

test('emit() - fields may be left out where all are optional', () => {
  box.emit(IDLE);
  box.emit(IDLE, {});
  box.emit(IDLE, { since: 5 });
  box.emit(IDLE, undefined, { severity: 'debug' });
  // @ts-expect-error a string is no duration
  box.emit(IDLE, { since: '5' });
  // @ts-expect-error `sinc` is no field
  box.emit(IDLE, { sinc: 5 });
});

test('emit() - a signal without fields takes none', () => {
  box.emit(STARTED);
  box.emit(STARTED, {});
  box.emit(STARTED, {}, { message: 'up' });
  // @ts-expect-error it has no field `at`
  box.emit(STARTED, { at: 1 });
  const fields = { at: 1 };
  // @ts-expect-error nor when it comes in a variable
  box.emit(STARTED, fields);
});

test('emit() - options are checked', () => {
  box.emit(PAID, paid, { severity: 'warn', message: 'paid', timestamp: Date.now() });
  // @ts-expect-error 'warning' is no severity
  box.emit(PAID, paid, { severity: 'warning' });
  // @ts-expect-error `msg` is no option
  box.emit(PAID, paid, { msg: 'paid' });
  // @ts-expect-error a message is text; functions belong to the definition
  box.emit(PAID, paid, { message: () => 'paid' });
});

test('emit() - a union of signals does not compile: branch first', () => {
  const busy = Math.random() > 0.5;
  const either = busy ? PAID : IDLE;
  // @ts-expect-error nobody knows which fields it takes
  box.emit(either, { ...paid });
  if (busy) box.emit(PAID, paid);
  else box.emit(IDLE);
});

test('emit() - what is no signal does not compile', () => {
  // @ts-expect-error a name is no signal
  box.emit('PAID', paid);
  // @ts-expect-error what the fields are comes from the signal, never from the values
  box.emit<{ amount: string }>(PAID, { amount: 'much' });
});

test('emit() - says nothing back', () => {
  expectTypeOf(box.emit(STARTED)).toEqualTypeOf<void>();
});

test('emit() - a signal handed on keeps its fields', () => {
  const give = (signal: Signal<{ amount: number }>): void => {
    box.emit(signal, { amount: 1 });
    // @ts-expect-error the fields are those of the parameter's type
    box.emit(signal, { amount: 1, currency: 'EUR' });
  };
  expectTypeOf(give).parameter(0).toEqualTypeOf<Signal<{ amount: number }>>();
});

interface Mail {
  readonly to: string;
  readonly size?: number;
}
class Parcel {
  readonly weight = 1;
}

test('levels - take fields of an interface, a type or a class', () => {
  const mail: Mail = { to: 'a' };
  const typed: { readonly to: string } = mail;
  const loose: { to?: string; [other: string]: unknown } = {};
  const maybe: Mail | undefined = Math.random() > 0.5 ? mail : undefined;
  box.info('sent', mail);
  box.info('sent', typed);
  box.info('sent', loose);
  box.info('sent', maybe);
  box.info('sent', new Parcel());
  box.info('sent', { ...mail, at: new Date() });
  const fields: LevelFields = mail;
  box.info('sent', fields);
});

test('levels - what is a value, and no fields, does not compile', () => {
  // @ts-expect-error a list
  box.info('sent', ['a']);
  // @ts-expect-error a tuple
  box.info('sent', ['a', 1] as const);
  // @ts-expect-error a function
  box.info('sent', () => ({ to: 'a' }));
  // @ts-expect-error a class
  box.info('sent', Parcel);
  // @ts-expect-error bytes
  box.info('sent', new Uint8Array(3));
  // @ts-expect-error a map
  box.info('sent', new Map([['to', 'a']]));
  // @ts-expect-error a date
  box.info('sent', new Date());
  // @ts-expect-error a promise: somebody forgot to wait
  box.info('sent', Promise.resolve({ to: 'a' }));
  // @ts-expect-error text
  box.info('sent', 'a');
  // @ts-expect-error null
  box.info('sent', null);
});

test('emitDurably() - takes what emit() takes, and a time limit', () => {
  const outcome = box.emitDurably(PAID, paid, { severity: 'warn', timeoutMillis: 100 });
  expectTypeOf(outcome).toEqualTypeOf<Promise<DurableOutcome>>();
  expectTypeOf<DurableOutcome['missing']>().toEqualTypeOf<Readonly<Record<string, string>>>();
  void box.emitDurably(STARTED);
  // @ts-expect-error `took` is missing
  void box.emitDurably(PAID, { job_id: 'job_1', currency: 'EUR', amount: 12 });
  // @ts-expect-error a text is no time
  void box.emitDurably(PAID, paid, { timeoutMillis: '100' });
  // @ts-expect-error an emit waits for nothing
  box.emit(PAID, paid, { timeoutMillis: 100 });
});

test('levels - take a message, and any fields', () => {
  box.info('up');
  box.error('down', { reason: 'disk', attempt: 2, nested: { a: 1 } });
  // @ts-expect-error the message comes first
  box.info({ reason: 'disk' });
  // @ts-expect-error a number is no message
  box.warn(42);
  box.error('down', { error: new Error('disk') });
});

test('levels - take an error, where a message or fields could stand', () => {
  const error = new RangeError('disk');
  box.error(error);
  box.warn(error, { attempt: 2 });
  box.error('down', error);
  const either: string | Error = Math.random() > 0.5 ? 'down' : error;
  box.error(either);
  expectTypeOf(box.error).toEqualTypeOf<LevelMethod>();
  // @ts-expect-error the message comes first
  box.error(error, 'down');
  const caught: unknown = error;
  // @ts-expect-error what was caught may be anything: it is a value of a field, as in { error: caught }
  box.error(caught);
  box.error('down', { error: caught });
});
