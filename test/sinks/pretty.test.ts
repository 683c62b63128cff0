import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LeavingValues } from '../../src/emission/emission.js';
import { duration, error, id, int, number, string } from '../../src/signal/field.js';
import { levels } from '../../src/signal/level.js';
import { severities } from '../../src/signal/severity.js';
import { defineSignal } from '../../src/signal/signal.js';
import { prettyLine } from '../../src/sinks/pretty.js';
import { emissionOf } from '../delivery/helpers.js';

const job = { queue: string(), job_id: id(), job_type: string(), worker_id: id() };
const COMPLETED = defineSignal('JOB_COMPLETED', {
  message: 'Job processing completed',
  spanEvents: 'lifecycle',
  fields: { ...job, duration: duration(), attempts: int(), turnaround: duration() },
});
const FAILED = defineSignal('JOB_FAILED', {
  message: 'Job processing failed',
  severity: 'warn',
  spanEvents: 'lifecycle',
  fields: { ...job, attempt: int(), max_attempts: int(), error: error() },
});
const PAID = defineSignal('PAYMENT_MADE', { fields: { amount: number(), took: duration(), note: string() } });

const who: LeavingValues = { queue: 'invoices', job_id: '42', job_type: 'email', worker_id: 'worker-1' };
const traced = { traceId: '9f3c2b1a00000000000000000000abcd' };

/** Without the time of day, which is told in the zone of the machine. */
function timeless(line: string): string {
  return line.replace(/^\d\d:\d\d:\d\d\.\d{3} /, '');
}

function pretty(...[definition, fields, more]: Parameters<typeof emissionOf>): string {
  return timeless(prettyLine(emissionOf(definition, fields, more)));
}

describe('prettyLine()', () => {
  test('prettyLine() - begins with the local time of day to the millisecond', () => {
    const timestamp = new Date(2023, 9, 20, 4, 3, 2, 7).getTime() + 0.9;
    expect(prettyLine(emissionOf(COMPLETED, {}, { timestamp }))).toBe('04:03:02.007 INFO  job.completed');
  });

  test('prettyLine() - tells of a job what it was about, how long it took, the rest, and its trace', () => {
    expect(pretty(COMPLETED, { ...who, duration: 38.2, attempts: 1 }, traced)).toBe(
      'INFO  job.completed   invoices#42 email worker-1  38ms  attempts=1  trace=9f3c…',
    );
    expect(pretty(FAILED, { ...who, attempt: 2, max_attempts: 3, error: 'SMTP server error' })).toBe(
      'WARN  job.failed      invoices#42 email worker-1  attempt=2/3 error="SMTP server error"',
    );
  });

  test('prettyLine() - tells what it was about also where parts are not known', () => {
    expect(pretty(COMPLETED, { job_id: '42' })).toBe('INFO  job.completed   42');
    expect(pretty(COMPLETED, { queue: 'invoices' })).toBe('INFO  job.completed   invoices');
    expect(pretty(COMPLETED, { worker_id: 'worker-1' })).toBe('INFO  job.completed   worker-1');
    expect(pretty(COMPLETED, { job_id: '', duration: '[redacted]', attempt: 1 })).toBe(
      'INFO  job.completed   job_id="" duration=[redacted] attempt=1',
    );
  });

  test('prettyLine() - puts the message in place of the event name in level records, fields as they come', () => {
    expect(pretty(levels.error, { queue: 'jobs', duration: 5 }, { message: 'Too many failures' })).toBe(
      'ERROR Too many failures  queue=jobs duration=5',
    );
  });

  test('prettyLine() - leaves out a message that only repeats the event name', () => {
    expect(pretty(PAID, {})).toBe('INFO  payment.made');
    expect(pretty(COMPLETED, {})).toBe('INFO  job.completed');
  });

  test('prettyLine() - shows a message that says more, or that was given at emit', () => {
    const OFF = defineSignal('CACHE_OFF', { message: 'Redis is not there, going on without a cache' });
    expect(pretty(OFF)).toBe('INFO  cache.off       Redis is not there, going on without a cache');
    expect(pretty(PAID, {}, { message: 'Payment made twice' })).toBe(
      'INFO  payment.made    Payment made twice',
    );
    const BY_FUNCTION = defineSignal('TANK_FULL', { message: () => 'Tank full' });
    expect(pretty(BY_FUNCTION)).toBe('INFO  tank.full       Tank full');
  });

  test('prettyLine() - writes values so that one sees where they end', () => {
    expect(pretty(PAID, { amount: 1 / 3, took: 83, note: 'a "b" c' })).toBe(
      'INFO  payment.made    amount=0.333333 took=83ms note="a \\"b\\" c"',
    );
    expect(pretty(levels.info, { tags: ['a', 'b c'], ok: false, empty: '' }, { message: 'm' })).toBe(
      'INFO  m  tags=[a, "b c"] ok=false empty=""',
    );
  });

  test('prettyLine() - makes visible what a terminal would act on, in every part', () => {
    const evil = '\u001b[2J\r\n\u202e\u0085x';
    const line = prettyLine(
      emissionOf(levels.info, { [evil]: evil }, { message: evil, traceId: '\u001b[1m' }),
    );
    expect(line).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u);
    expect(line).toContain('\\u001b[2J\\r\\n\\u202e\\u0085x');
    expect(pretty(PAID, { note: 'a 👩‍👩‍👧 of ours' })).toContain('note="a 👩‍👩‍👧 of ours"');
  });

  test('prettyLine() - has one line of at most the width for a life cycle signal below warn', () => {
    const fields = { ...who, duration: 38, attempts: 1, turnaround: 1_240 };
    const line = (width: number): string => prettyLine(emissionOf(COMPLETED, fields, traced), { width });
    const all = timeless(line(200));
    expect(all).toBe(
      'INFO  job.completed   invoices#42 email worker-1  38ms  attempts=1 turnaround=1.24s  trace=9f3c…',
    );
    expect(line(all.length + 13)).toBe(line(200));
    expect(timeless(line(all.length + 12))).toBe(
      'INFO  job.completed   invoices#42 email worker-1  38ms  attempts=1 …  trace=9f3c…',
    );
    expect(timeless(line(86))).toBe('INFO  job.completed   invoices#42 email worker-1  38ms  …  trace=9f3c…');
  });

  test('prettyLine() - tells all else in full, on indented lines below', () => {
    const fields = { ...who, attempt: 2, max_attempts: 3, error: 'the database did not answer in time' };
    const lines = prettyLine(emissionOf(FAILED, fields, traced), { width: 84 }).split('\n');
    expect(lines.map(timeless)).toEqual([
      'WARN  job.failed      invoices#42 email worker-1  attempt=2/3',
      `${' '.repeat(35)}error="the database did not answer in time"`,
    ]);
    const narrow = prettyLine(emissionOf(FAILED, fields), { width: 50 }).split('\n');
    expect(narrow.slice(1).every((line) => /^ {4}\S/.test(line))).toBe(true);
  });

  test('prettyLine() - loses nothing at any width, but for the trace and life cycle details', () => {
    const words = fc.array(fc.stringMatching(/^[a-z]{1,12}$/), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(words, fc.integer({ min: 20, max: 150 }), fc.boolean(), (texts, width, colour) => {
        const fields = Object.fromEntries(texts.map((text, i) => [`f${i}`, text]));
        const emission = emissionOf(levels.info, fields, { message: texts.join(' ') });
        const inOneLine = prettyLine(emission);
        const lines = stripVTControlCharacters(prettyLine(emission, { width, colour })).split('\n');
        expect(lines.join(' ').split(/\s+/)).toEqual(inOneLine.split(/\s+/));
        for (const line of lines) expect(line).toBe(line.trimEnd());
        // Longer than the width only where a single part is: what begins a line is never broken.
        for (const line of lines.slice(1)) {
          if (line.length > width) expect(line.trim()).not.toContain(' ');
        }
      }),
    );
  });

  test.each(severities)('prettyLine() - colours the event name of %s and hides nothing by it', (severity) => {
    const emission = emissionOf(PAID, { amount: 5, note: 'x' }, { severity, message: 'Something else' });
    const coloured = prettyLine(emission, { colour: true });
    expect(stripVTControlCharacters(coloured)).toBe(prettyLine(emission));
    const codes: Record<string, string> = {
      trace: '2',
      debug: '2',
      info: '36',
      warn: '33',
      error: '31',
      fatal: '1;31',
    };
    expect(coloured).toContain(`\u001b[${codes[severity]}mpayment.made\u001b[`);
    expect(coloured).toContain('\u001b[2mamount=5\u001b[22m');
  });

  const thrown = {
    type: 'RangeError',
    message: 'too far',
    stack:
      'RangeError: too far\n    at lift (crane.ts:3:1)\nCaused by: Error: no \u001b[2Jrope\n    at pull (rope.ts:9:2)',
  };

  test('prettyLine() - tells an error whole: its type, its stack and its causes on the lines below', () => {
    const emission = emissionOf(FAILED, { ...who, error: 'too far' }, { errors: { error: thrown } });
    const lines = [
      'WARN  job.failed      invoices#42 email worker-1  error="RangeError: too far"',
      '        at lift (crane.ts:3:1)',
      '    Caused by: Error: no \\u001b[2Jrope',
      '        at pull (rope.ts:9:2)',
    ];
    expect(timeless(prettyLine(emission)).split('\n')).toEqual(lines);
    expect(timeless(prettyLine(emission, { width: 100 })).split('\n')).toEqual(lines);
    expect(timeless(prettyLine(emission, { stack: false }))).toBe(lines[0]);
  });

  test('prettyLine() - tells the first line of a stack where it says more than the field', () => {
    const refused = { type: 'ECONNREFUSED', message: 'no', stack: 'Error: no\n    at connect' };
    expect(pretty(levels.error, { error: 'no' }, { message: 'm', errors: { error: refused } })).toBe(
      'ERROR m  error="ECONNREFUSED: no"\n    Error: no\n        at connect',
    );
  });

  test('prettyLine() - tells what was thrown and is no error as it is', () => {
    const errors = { error: { type: '_OTHER', message: 'no' } };
    expect(pretty(FAILED, { error: 'no' }, { errors })).toBe('WARN  job.failed      error=no');
  });

  test('prettyLine() - tells the stack of an error that is named again only where it is an error itself', () => {
    const AGAIN = defineSignal('JOB_AGAIN', { fields: { error: error({ detail: 'type' }) } });
    const more = { errors: { error: thrown } };
    expect(pretty(AGAIN, { error: 'too far' }, more)).toBe(
      'INFO  job.again       error="RangeError: too far"',
    );
    expect(pretty(AGAIN, { error: 'too far' }, { ...more, severity: 'fatal' })).toContain('at lift');
  });

  test('prettyLine() - keeps life cycle signals below warn in one line, with an error too', () => {
    const emission = emissionOf(COMPLETED, { ...who, last: 'too far' }, { errors: { last: thrown } });
    expect(prettyLine(emission, { width: 120 })).not.toContain('\n');
  });

  test('prettyLine() - tells errors under names that every object has', () => {
    const fields = { constructor: 'too far', toString: 'no error' } as unknown as LeavingValues;
    const more = { message: 'm', errors: { constructor: thrown } as never };
    expect(pretty(levels.error, fields, more)).toContain(
      'constructor="RangeError: too far" toString="no error"',
    );
  });

  test('prettyLine() - gives an error field the colour of its severity', () => {
    const line = prettyLine(emissionOf(FAILED, { error: 'no' }), { colour: true });
    expect(line).toContain('\u001b[33merror=no\u001b[39m');
  });
});
