import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { watchedHook } from '../../src/delivery/redact-text-hook.js';
import { createReport } from '../../src/delivery/report.js';
import type { RedactText } from '../../src/emission/redact-text.js';
import { fallback } from '../../src/sinks/modifiers/fallback.js';
import { recordDiag } from '../support/otel.js';
import { callOf, emissionOf, revoked } from './helpers.js';

let told: string[];
beforeEach(() => {
  told = recordDiag();
});

const noCards: RedactText = (text) => text.replace(/\d{16}/g, '[card]');
const CARD = '4111111111111111';

describe('a report', () => {
  test.each<[string, unknown, string]>([
    ['an error', new TypeError('no'), ': TypeError: no'],
    ['a text', 'no', ': no'],
    ['nothing', undefined, ''],
    ['null', null, ''],
    ['a number', 7, ''],
    ['an object', {}, ''],
    ['an object with a message', { message: 'no' }, ': Error: no'],
    ['an error whose name is a story', Object.assign(new Error('no'), { name: `of ${CARD}` }), ': Error: no'],
    [
      'a host that answers on none of its addresses',
      Object.assign(
        new AggregateError([
          Object.assign(new Error('connect ::1'), { code: 'ECONNREFUSED' }),
          new Error('no'),
        ]),
        { code: 'ECONNREFUSED' },
      ),
      ': AggregateError ECONNREFUSED of Error ECONNREFUSED, Error',
    ],
    ['an error without a text', new RangeError(), ': RangeError'],
    ['what can not be read', revoked(), ': an unreadable error'],
    ['an error with a long message', new Error('x'.repeat(1_000)), `: Error: ${'x'.repeat(300)}`],
  ])('a report - tells its cause: %s', (_, cause, text) => {
    createReport()('key', 'it failed', cause);
    expect(told).toEqual([`signalbox: it failed${text}`]);
  });

  test.each<[string, unknown, string]>([
    ['an error', new Error(`card ${CARD} refused`), ': Error: card [card] refused'],
    ['a text', CARD, ': [card]'],
    ['a cut through it', new Error(`${'x'.repeat(290)}${CARD}`), `: Error: ${'x'.repeat(290)}[card]`],
  ])('a report - has its cause redacted first: %s', (_, cause, text) => {
    createReport(noCards)('key', 'it failed', cause);
    expect(told).toEqual([`signalbox: it failed${text}`]);
  });

  test('a report - asks for the name and the message, once for each that is told', () => {
    const asked: unknown[] = [];
    const report = createReport((text, about) => {
      asked.push([text, about]);
      return text;
    });
    for (let i = 0; i < 5; i++) report('key', 'it failed', new Error('no'));
    report('other', 'it failed');
    expect(asked).toEqual([
      ['Error', { part: 'type' }],
      ['no', { part: 'message' }],
    ]);
  });

  test.each<[string, RedactText]>([
    [
      'throws',
      () => {
        throw new Error(CARD);
      },
    ],
    ['gives no text', () => undefined as never],
  ])('a report - tells nothing of its cause where the hook %s', (_, redactText) => {
    const troubles: string[] = [];
    const hook = watchedHook(redactText, (sentence) => troubles.push(sentence));
    createReport(hook)('key', 'it failed', new Error(CARD));
    expect(told).toEqual(['signalbox: it failed: [redacted]: [redacted]']);
    expect(troubles).toEqual(
      Array(2).fill(
        expect.stringMatching(
          /^redactText (threw|gave no string): messages and the text of errors are \[redacted\]$/,
        ),
      ),
    );
  });

  test('a report - redacts what a fallback says of both of its sinks', async () => {
    const fail = (what: string) => () => Promise.reject(new Error(`${what} of ${CARD}`));
    const both = fallback(fail('first'), fail('second'))(emissionOf(), callOf());
    const cause: unknown = await Promise.resolve(both).catch((error: unknown) => error);
    createReport(noCards)('key', 'it failed', cause);
    expect(told).toEqual([
      'signalbox: it failed: AggregateError: first of [card]; its fallback: second of [card]',
    ]);
  });
});

describe('a report of many things', () => {
  afterEach(() => vi.useRealTimers());

  test('a report - of 3,000 with 300 keys it tells 100 in a minute, and how many there were beside', () => {
    vi.useFakeTimers();
    const report = createReport();
    for (let i = 0; i < 3000; i++) report(`key ${i % 300}`, `trouble ${i % 300}`);
    expect(told).toEqual(Array.from({ length: 100 }, (_, i) => `signalbox: trouble ${i}`));
    vi.advanceTimersByTime(60_001);
    expect(told.slice(100)).toEqual([
      'signalbox: 2000 more messages were held back: at most 100 are reported a minute',
    ]);
    report('key 0', 'trouble 0');
    expect(told.at(-1)).toBe('signalbox: trouble 0 (9 more like it since)');
  });

  test('a report - a key is told once a minute, however many others there are', () => {
    vi.useFakeTimers();
    const report = createReport();
    for (let minute = 0; minute < 10; minute++) {
      for (let i = 0; i < 99; i++) {
        report('always', 'always');
        report(`${minute} ${i}`, 'other');
      }
      vi.advanceTimersByTime(60_001);
    }
    expect(told.filter((line) => line.startsWith('signalbox: always'))).toHaveLength(10);
  });
});
