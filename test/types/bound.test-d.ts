import type { BoundBox, BoundFields } from 'signalbox';
import { bound, createSignalbox, defineSignal, field } from 'signalbox';
import { createJobs } from 'signalbox/jobs';
import { expectTypeOf, test } from 'vitest';

const box = createSignalbox();
const REQUEST = bound({ tenant: field.string(), request_id: field.optional(field.id({ sensitive: true })) });
const PAID = defineSignal('PAID', { fields: { amount: field.number() } });

test('bound() - has the values of its fields', () => {
  expectTypeOf(REQUEST).toExtend<BoundFields<{ tenant: string; request_id?: string | undefined }>>();
  // @ts-expect-error: an id is no label.
  bound({ id: field.id() }, { labels: ['id'] });
  // @ts-expect-error: nor is what is sensitive.
  bound({ user: field.string({ sensitive: true }) }, { labels: ['user'] });
  bound({ zone: field.oneOf(['eu']) }, { labels: ['zone'] });
});

test('with() - takes the values of the declared fields, or any by name', () => {
  expectTypeOf(box.with(REQUEST, { tenant: 'a' })).toEqualTypeOf<BoundBox>();
  expectTypeOf(box.with({ tenant: 'a', n: 1 })).toEqualTypeOf<BoundBox>();
  expectTypeOf(box.with(REQUEST.of({ tenant: 'a' }))).toEqualTypeOf<BoundBox>();
  interface Request {
    tenant: string;
  }
  const request: Request = { tenant: 'a' };
  expectTypeOf(box.with(request)).toEqualTypeOf<BoundBox>();
  createSignalbox({ attributes: request });
  // @ts-expect-error: a list is no set of fields.
  box.with([1]);
  // @ts-expect-error: the tenant is missing.
  box.with(REQUEST, { request_id: 'r' });
  // @ts-expect-error: the tenant is text.
  box.with(REQUEST, { tenant: 5 });
  // @ts-expect-error: there is no such field.
  box.with(REQUEST, { tenant: 'a', other: 1 });
  // @ts-expect-error: a declaration has no values.
  box.with(REQUEST);
  // @ts-expect-error: the signal's own fields are checked as on the box.
  box.with(REQUEST, { tenant: 'a' }).emit(PAID, { amount: 'x' });
  createSignalbox({ attributes: REQUEST.of({ tenant: 'a' }) });
  createSignalbox({ attributes: { zone: 'eu' } });
  // @ts-expect-error: a declaration has no values.
  createSignalbox({ attributes: REQUEST });
});

test('BoundBox - a box is one too', () => {
  expectTypeOf(box).toExtend<BoundBox>();
  expectTypeOf(createJobs(box, { baggage: REQUEST }).current()).toEqualTypeOf<BoundBox>();
  createJobs(box, { baggage: ['tenant.id'] });
});
