import type { SignalboxOptions } from 'signalbox';
import type { RecordedJob } from 'signalbox/testing';
import {
  assertAttempts,
  assertEnded,
  expectRouted,
  fakeClock,
  recorder,
  signalboxMatchers,
} from 'signalbox/testing';
import { expect, test, vi } from 'vitest';
import { PAID, STARTED } from './fixtures.js';

declare const job: RecordedJob;
declare const options: SignalboxOptions<'alerts'>;
const seen = recorder();

test('signalboxMatchers - vitest’s `expect` has them, typed by the signal', () => {
  expect.extend(signalboxMatchers);
  expect(seen).toHaveEmitted(PAID, { amount: 3 });
  expect(seen).toHaveEmitted(PAID, { amount: expect.any(Number) });
  expect(seen).not.toHaveEmittedTimes(PAID, 2, { user: '[redacted]' });
  expect(seen).toHaveMeasured('paid', { value: 1, labels: { currency: 'EUR' } });
  expect(job).toHaveAttempts(2);
  expect(job).toHaveAttempts(['failed', { number: 2, waitMillis: 3 }]);
  expect(job).toHaveEnded('abandoned', 'max_attempts');
  // @ts-expect-error `amonut` is no field
  expect(seen).toHaveEmitted(PAID, { amonut: 3 });
  // @ts-expect-error a signal without fields
  expect(seen).not.toHaveEmitted(STARTED, { since: 3 });
  // @ts-expect-error a text is no number of times
  expect(seen).toHaveEmittedTimes(PAID, '2');
  // @ts-expect-error `vlaue` is nothing that is measured
  expect(seen).toHaveMeasured('paid', { vlaue: 1 });
  // @ts-expect-error no attempt is done
  expect(job).toHaveAttempts(['done']);
  // @ts-expect-error no end
  expect(job).toHaveEnded('failed');
});

test('the assertions of signalbox/testing - take matchers of a runner whose types say so, as those of @jest/globals', () => {
  const fits = {} as { asymmetricMatch(other: unknown): boolean; toString(): string };
  seen.assertEmitted(PAID, { amount: fits });
  seen.assertMeasured('paid', { value: fits, values: [1, fits], labels: { currency: fits } });
  assertAttempts(job, [{ outcome: fits, waitMillis: fits }]);
  assertEnded(job, 'abandoned', fits);
  expect(seen).toHaveEmitted(PAID, { amount: fits });
  expect(job).toHaveEnded('abandoned', fits);
  // @ts-expect-error `amonut` is no field
  seen.assertEmitted(PAID, { amonut: fits });
  // @ts-expect-error no matcher
  seen.assertEmitted(PAID, { amount: { asymetricMatch: () => true } });
});

test('signalboxMatchers - Jest’s global types have them', () => {
  type OfJest = jest.Matchers<void, typeof seen>;
  const matchers = {} as OfJest;
  matchers.toHaveEmitted(PAID, { amount: 3 });
  // @ts-expect-error `amonut` is no field
  matchers.toHaveEmitted(PAID, { amonut: 3 });
});

test('the assertions of signalbox/testing - take what they can look at alone', () => {
  seen.assertEmittedTimes(PAID, 2, { amount: 3 });
  // @ts-expect-error `amonut` is no field
  seen.assertEmittedTimes(PAID, 2, { amonut: 3 });
  assertAttempts(job, [{ relation: 'parent', previous: undefined }]);
  // @ts-expect-error no relation
  assertAttempts(job, [{ relation: 'child' }]);
  // @ts-expect-error no end
  assertEnded(job, 'lost');
});

test('expectRouted() - takes the options of a box', () => {
  expectRouted(options, { signals: [PAID], to: ['alerts', 'otel'] });
  // @ts-expect-error a name is no signal
  expectRouted(options, { signals: ['PAID'] });
});

test('fakeClock() - takes the timers of a runner', () => {
  fakeClock({ timers: vi });
  fakeClock({ startAt: new Date() });
  // @ts-expect-error a runner has more than that
  fakeClock({ timers: { useFakeTimers: () => {} } });
});
