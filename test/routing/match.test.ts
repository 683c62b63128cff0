import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkRoute } from '../../src/routing/check-route.js';
import { matchesPattern, matchRoute, matchSignal } from '../../src/routing/match.js';
import type { CheckedRoute } from '../../src/routing/route.js';
import { when } from '../../src/routing/route.js';
import { number } from '../../src/signal/field.js';
import { severityNumbers } from '../../src/signal/severity.js';
import { defineSignal } from '../../src/signal/signal.js';
import { wrong } from '../support/misuse.js';

const FAILED = defineSignal('JOB_FAILED', { fields: { n: number() }, severity: 'warn' });
const DONE = defineSignal('JOB_DONE', { fields: { n: number() } });
const FULL = defineSignal('QUEUE_FULL');

const destinations = new Map([['a', new Set(['sink'])]]);
const routeOf = (route: object): CheckedRoute => checkRoute({ ...route, to: 'a' }, destinations);

describe('matchesPattern()', () => {
  test.each([
    ['*', 'ANY'],
    ['**', 'ANY'],
    ['JOB_*', 'JOB_DONE'],
    ['JOB_*', 'JOB_'],
    ['*_DONE', 'JOB_DONE'],
    ['JOB_*_DONE', 'JOB_x_DONE'],
    ['*O*N*', 'JOB_DONE'],
    ['J*B_*NE', 'JOB_DONE'],
    ['JOB_DONE', 'JOB_DONE'],
    ['JOB*DONE', 'JOB_DONE'],
    ['JOB_*DONE', 'JOB_DONE'],
    ['job.*', 'job.done'],
  ])('matchesPattern() - %s takes %s', (pattern, name) => {
    expect(matchesPattern(pattern, name)).toBe(true);
  });

  test.each([
    ['JOB_*', 'JOBS_DONE'],
    ['JOB_*', 'MY_JOB_DONE'],
    ['*_DONE', 'JOB_DONE_2'],
    ['JOB_*_DONE', 'JOB_DONE'],
    ['JOB_DONE*DONE', 'JOB_DONE'],
    ['*DONE*DONE', 'JOB_DONE'],
    ['JOB_DONE', 'JOB_DONE2'],
    ['job_*', 'JOB_DONE'],
    ['JOB.*', 'JOB_DONE'],
    ['JOB_(DONE|FAILED)', 'JOB_DONE'],
    ['J?B_*', 'JOB_DONE'],
    ['[J]*', 'JOB_DONE'],
    ['', 'JOB_DONE'],
  ])('matchesPattern() - %s does not take %s', (pattern, name) => {
    expect(matchesPattern(pattern, name)).toBe(false);
  });

  test('matchesPattern() - the star stands for any run, everything else for itself', () => {
    const glob = (pattern: string, name: string): boolean => {
      if (pattern === '') return name === '';
      if (pattern[0] === '*')
        return glob(pattern.slice(1), name) || (name !== '' && glob(pattern, name.slice(1)));
      return pattern[0] === name[0] && glob(pattern.slice(1), name.slice(1));
    };
    const text = (alphabet: string[]): fc.Arbitrary<string> =>
      fc.string({ unit: fc.constantFrom(...alphabet), maxLength: 8 });
    fc.assert(
      fc.property(text(['A', 'B', '*', '.']), text(['A', 'B', '.']), (pattern, name) => {
        expect(matchesPattern(pattern, name)).toBe(glob(pattern, name));
      }),
      { numRuns: 2000 },
    );
  });

  test('matchesPattern() - a pattern of very many stars takes no longer for it', () => {
    expect(matchesPattern(`${'*A'.repeat(40)}*B`, 'A'.repeat(100))).toBe(false);
  });
});

describe('matchRoute()', () => {
  const takes = (route: object, signal = FAILED, severity = signal.severity): unknown =>
    matchRoute(routeOf(route), signal, severityNumbers[severity]);

  test('matchRoute() - by signal, by pattern, by any of several', () => {
    expect(takes({ signals: FAILED })).toBe(true);
    expect(takes({ signals: DONE })).toBe(false);
    expect(takes({ signals: 'JOB_*' })).toBe(true);
    expect(takes({ signals: [FULL, DONE, 'JOB_F*'] })).toBe(true);
    expect(takes({ signals: [FULL, DONE, 'QUEUE_*'] })).toBe(false);
  });

  test('matchRoute() - a signal is its name: two copies of a package define it twice', () => {
    const copy = defineSignal('JOB_FAILED', { fields: { n: number() }, severity: 'warn' });
    expect(takes({ signals: FAILED }, copy)).toBe(true);
    expect(takes({ signals: '*', except: FAILED }, copy)).toBe(false);
    expect(takes({ signals: when(FAILED, () => true) }, copy)).toHaveLength(1);
  });

  test('matchRoute() - minSeverity is compared with the severity as given at emit', () => {
    expect(takes({ minSeverity: 'warn' })).toBe(true);
    expect(takes({ minSeverity: 'error' })).toBe(false);
    expect(takes({ minSeverity: 'error' }, FAILED, 'error')).toBe(true);
    expect(takes({ minSeverity: 'warn' }, FAILED, 'info')).toBe(false);
    expect(takes({ minSeverity: 'trace' }, FAILED, 'trace')).toBe(true);
  });

  test('matchRoute() - with signals and minSeverity, both must hold', () => {
    expect(takes({ signals: DONE, minSeverity: 'info' })).toBe(false);
    expect(takes({ signals: FAILED, minSeverity: 'error' })).toBe(false);
    expect(takes({ signals: FAILED, minSeverity: 'warn' })).toBe(true);
  });

  test('matchRoute() - except wins, by signal and by pattern', () => {
    expect(takes({ signals: '*', except: FAILED })).toBe(false);
    expect(takes({ signals: FAILED, except: ['QUEUE_*', 'JOB_*'] })).toBe(false);
    expect(takes({ signals: '*', except: [DONE, 'QUEUE_*'] })).toBe(true);
    expect(takes({ minSeverity: 'trace', except: 'JOB_*' })).toBe(false);
  });

  test('matchRoute() - gives the conditions that decide, all of them and only those on the signal', () => {
    const some = when(FAILED, (values) => values.n > 1);
    const more = when(FAILED, (values) => values.n > 2);
    expect(takes({ signals: [some, when(DONE, () => true), more] })).toEqual([some, more]);
    expect(takes({ signals: [some, 'JOB_*'] })).toBe(true);
    expect(takes({ signals: some, except: FAILED })).toBe(false);
    expect(takes({ signals: some }, wrong(FULL))).toBe(false);
  });

  test('matchSignal() - is the same whatever the severity', () => {
    expect(matchSignal(routeOf({ signals: FAILED, minSeverity: 'fatal' }), FAILED)).toBe(true);
  });
});
