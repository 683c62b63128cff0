import type { AnySignal } from 'signalbox';
import { defineSignal, field } from 'signalbox';
import { JOB_COMPLETED } from 'signalbox/jobs';
import type { Expected } from 'signalbox/testing';
import { recorder } from 'signalbox/testing';
import { test } from 'vitest';
import { IDLE, PAID, STARTED } from './fixtures.js';

const seen = recorder();
const ODD = defineSignal('ODD', {
  fields: { at: field.time(), error: field.error(), payload: field.json(), tags: field.list() },
});

test('recorder() - expects some of the fields, as they are given and as sinks see them', () => {
  seen.assertEmitted(PAID);
  seen.assertEmitted(PAID, {});
  seen.assertEmitted(PAID, { amount: 3, user: '[redacted]' });
  seen.assertNotEmitted(PAID, { amount: '[redacted]', user: undefined });
  seen.assertNotEmitted(IDLE, { since: 5 });
  seen.assertEmitted(ODD, { at: new Date(), error: new Error('no'), payload: { a: 1 }, tags: ['a'] });
  seen.assertEmitted(ODD, { at: '1970-01-01T00:00:00.005Z', error: 'no', payload: '{"a":1}' });
  seen.assertEmitted(JOB_COMPLETED, { job_id: '1', attempts: 2 });
});

test('recorder() - a name that is no field does not compile', () => {
  // @ts-expect-error `amonut` is no field
  seen.assertNotEmitted(PAID, { amonut: 3 });
  // @ts-expect-error `amonut` is no field
  seen.assertEmitted(PAID, { amount: 3, amonut: 3 });
  // @ts-expect-error a signal without fields
  seen.assertNotEmitted(STARTED, { since: 3 });
  // @ts-expect-error attribute keys are for the wire
  seen.assertNotEmitted(PAID, { 'job.id': '1' });
  // @ts-expect-error no field of a job's end
  seen.assertNotEmitted(JOB_COMPLETED, { jobId: '1' });
});

test('recorder() - a value of the wrong type does not compile', () => {
  // @ts-expect-error a string is no number
  seen.assertNotEmitted(PAID, { amount: '3' });
  // @ts-expect-error none of the currencies
  seen.assertNotEmitted(PAID, { currency: 'GBP' });
  // @ts-expect-error a number is no list
  seen.assertNotEmitted(ODD, { tags: 3 });
  // @ts-expect-error a boolean is no moment
  seen.assertNotEmitted(ODD, { at: true });
});

test('recorder() - takes any names of a signal whose values are not known', () => {
  const some: AnySignal | undefined = seen.emissions()[0]?.definition;
  const expected: Expected = { anything: 1 };
  if (some) seen.assertEmitted(some, expected);
});
