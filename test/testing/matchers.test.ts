import { stripVTControlCharacters } from 'node:util';
import { createSignalbox, defineSignal, field, SignalboxError } from 'signalbox';
import { createJobs } from 'signalbox/jobs';
import type { MatcherContext } from 'signalbox/testing';
import { recordedJob, recorder, signalboxMatchers } from 'signalbox/testing';
import { describe, expect, test } from 'vitest';
import { wrong } from '../support/misuse.js';

expect.extend(signalboxMatchers);

const PAID = defineSignal('MATCHERS_PAID', {
  fields: { amount: field.number(), currency: field.oneOf(['EUR', 'USD']) },
  metrics: [{ type: 'counter', name: 'matchers.paid', by: ['currency'] }],
});
const LOST = defineSignal('MATCHERS_LOST');

function recorded(): ReturnType<typeof recorder> {
  const seen = recorder();
  const box = createSignalbox({ destinations: { seen } });
  box.emit(PAID, { amount: 3, currency: 'EUR' });
  box.emit(PAID, { amount: 4, currency: 'USD' });
  const attempt = createJobs(box)
    .queue('mail')
    .attempt({ job: { id: '1' }, number: 1 });
  attempt.failed(new Error('no'), { retry: false, reason: 'max_attempts' });
  return seen;
}

const job = recordedJob(recorded(), '1');

/** What a runner throws of a matcher that did not do as it was told. */
function thrownBy(fn: () => unknown): string {
  try {
    fn();
  } catch (error) {
    return stripVTControlCharacters((error as Error).message);
  }
  return 'nothing';
}

describe('signalboxMatchers - in vitest', () => {
  test('toHaveEmitted() - passes, and fails, as the recorder’s assertions do', () => {
    const seen = recorded();
    expect(seen).toHaveEmitted(PAID);
    expect(seen).toHaveEmitted(PAID, { amount: 3, currency: 'EUR' });
    expect(seen).toHaveEmitted(PAID, { amount: expect.any(Number) });
    expect(seen).not.toHaveEmitted(LOST);
    expect(seen).not.toHaveEmitted(PAID, { amount: 5 });
    expect(seen).toHaveEmittedTimes(PAID, 2);
    expect(seen).toHaveEmittedTimes(LOST, 0);
    expect(seen).not.toHaveEmittedTimes(PAID, 2, { amount: 3 });
    expect(thrownBy(() => expect(seen).not.toHaveEmitted(PAID, { amount: 3 }))).toBe(
      'MATCHERS_PAID was emitted with {"amount":3}:\n  MATCHERS_PAID {"amount":3,"currency":"EUR"}',
    );
  });

  test('toHaveEmitted() - shows the runner’s own difference to what is nearest', () => {
    const said = thrownBy(() => expect(recorded()).toHaveEmitted(PAID, { amount: 5, currency: 'EUR' }));
    expect(said).toMatch(
      /^MATCHERS_PAID was not emitted with {"amount":5,"currency":"EUR"}\. It was emitted 2 times, the nearest first:\n/,
    );
    expect(said).toContain('  MATCHERS_PAID {"amount":3,"currency":"EUR"}\n');
    expect(said).toMatch(/-\s+"amount": 5,\n\s+\+\s+"amount": 3,\n/);
    expect(said).toContain('    amount: expected 5, was 4\n    currency: expected "EUR", was "USD"');
  });

  test('toHaveMeasured() - passes, and fails, as the recorder’s assertions do', () => {
    const seen = recorded();
    expect(seen).toHaveMeasured('matchers.paid');
    expect(seen).toHaveMeasured('matchers.paid', { value: 2 });
    expect(seen).toHaveMeasured('job.ended', { value: 1, labels: { 'job.outcome': 'abandoned' } });
    expect(seen).not.toHaveMeasured('matchers.paid', { value: 2, labels: { currency: 'EUR' } });
    expect(thrownBy(() => expect(seen).toHaveMeasured('matchers.paid', { value: 5 }))).toMatch(
      /-\s+"value": 5,\n\s+\+\s+"value": 2,/,
    );
  });

  test('toHaveAttempts() and toHaveEnded() - pass, and fail, as assertAttempts() and assertEnded() do', () => {
    expect(job).toHaveAttempts(1);
    expect(job).toHaveAttempts(['failed']);
    expect(job).toHaveAttempts([{ errorType: 'Error', durationMillis: expect.any(Number) }]);
    expect(job).not.toHaveAttempts(['completed']);
    expect(job).toHaveEnded('abandoned');
    expect(job).toHaveEnded('abandoned', 'max_attempts');
    expect(job).not.toHaveEnded('completed');
    expect(thrownBy(() => expect(job).toHaveEnded('abandoned', 'cancelled'))).toMatch(
      /^Job '1' is abandoned \(max_attempts\), with 1 attempts:\n {2}1 failed, Error, ran [\d.]+ ms\nExpected end: abandoned \(cancelled\)\.$/,
    );
    expect(thrownBy(() => expect(job).toHaveAttempts(['completed']))).toMatch(
      /-\s+"outcome": "completed",\n\s+\+\s+"outcome": "failed",/,
    );
  });

  test('signalboxMatchers - refuse what could not fail, also where it is not to pass', () => {
    const seen = recorded();
    expect(() => expect(seen).not.toHaveEmitted(PAID, wrong({ amonut: 3 }))).toThrow(SignalboxError);
    expect(() => expect(seen).not.toHaveMeasured('matchers.piad')).toThrow("Did you mean 'matchers.paid'?");
    expect(() => expect(seen).not.toHaveAttempts(3)).toThrow(
      'toHaveAttempts: the job is a value of type object. Give what recordedJob(…) found.',
    );
    expect(() => expect([]).not.toHaveEmitted(PAID)).toThrow(
      'toHaveEmitted: the received value is a list of 0. Give `expect` what recorder() returned.',
    );
    expect(() => expect(3).not.toHaveEmittedTimes(PAID, 1)).toThrow(
      'toHaveEmittedTimes: the received value is 3.',
    );
    expect(() => expect(undefined).not.toHaveMeasured('matchers.paid')).toThrow(
      'toHaveMeasured: the received value is undefined.',
    );
  });
});

describe('signalboxMatchers - by the contract of expect.extend', () => {
  // As Jest's `expect` and others call them.
  const call = (context: MatcherContext | undefined) =>
    signalboxMatchers.toHaveEmitted.call(context as MatcherContext, recorded(), PAID, { amount: 5 });

  test('signalboxMatchers - give a verdict and a function that says it', () => {
    const { pass, message } = call({});
    expect(pass).toBe(false);
    expect(message()).toContain('amount: expected 5, was 4');
    expect(signalboxMatchers.toHaveEnded.call({}, job, 'abandoned').pass).toBe(true);
  });

  test('signalboxMatchers - use the difference of the context where there is one, and do without', () => {
    const differences: [unknown, unknown][] = [];
    const diff = (expected: unknown, actual: unknown): string => {
      differences.push([expected, actual]);
      return 'the difference';
    };
    expect(call({ utils: { diff } }).message()).toContain('\n    the difference\n');
    expect(differences).toEqual([[{ amount: 5 }, { amount: 4 }]]);
    expect(call({ utils: { diff: () => null } }).message()).toContain('amount: expected 5, was 4');
    expect(call({ utils: {} }).message()).toContain('amount: expected 5, was 4');
    expect(call(undefined).message()).toContain('amount: expected 5, was 4');
  });
});
