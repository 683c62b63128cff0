import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LeavingValues } from '../../src/emission/emission.js';
import { duration, error, id, int, string } from '../../src/signal/field.js';
import { levels } from '../../src/signal/level.js';
import type { AnySignal } from '../../src/signal/signal.js';
import { defineSignal } from '../../src/signal/signal.js';
import { jsonLine } from '../../src/sinks/json-line.js';
import { emissionOf } from '../delivery/helpers.js';

const WORKER_STARTED = defineSignal('WORKER_STARTED', {
  message: 'Worker started',
  fields: { worker_id: id() },
});
const JOB_QUEUED = defineSignal('JOB_QUEUED', {
  message: 'Job queued for processing',
  fields: { job_id: id(), job_type: string(), priority: int(), queue_size: int() },
});
const JOB_STARTED = defineSignal('JOB_STARTED', {
  message: 'Job processing started',
  fields: { worker_id: id(), job_id: id(), job_type: string(), attempt: int(), max_attempts: int() },
});
const EMAIL_SENT = defineSignal('EMAIL_SENT', {
  message: 'Email sent successfully',
  fields: { job_id: id(), to: id(), subject: string(), template: string() },
});
const JOB_COMPLETED = defineSignal('JOB_COMPLETED', {
  message: 'Job processing completed',
  fields: { worker_id: id(), job_id: id(), job_type: string(), duration: duration(), attempts: int() },
});

const job = { job_id: 'job_1640123420123456789', job_type: 'email' };
const worker = { worker_id: 'worker-1' };

/** The example output of the Go original, line by line; only its times have no milliseconds. */
const golden: readonly (readonly [AnySignal, LeavingValues, number, string])[] = [
  [
    WORKER_STARTED,
    worker,
    15,
    '{"time":"2023-10-20T14:30:15Z","signal":"WORKER_STARTED","message":"Worker started","worker_id":"worker-1"}',
  ],
  [
    JOB_QUEUED,
    { ...job, priority: 5, queue_size: 1 },
    15,
    '{"time":"2023-10-20T14:30:15Z","signal":"JOB_QUEUED","message":"Job queued for processing","job_id":"job_1640123420123456789","job_type":"email","priority":5,"queue_size":1}',
  ],
  [
    JOB_STARTED,
    { ...worker, ...job, attempt: 1, max_attempts: 3 },
    16,
    '{"time":"2023-10-20T14:30:16Z","signal":"JOB_STARTED","message":"Job processing started","worker_id":"worker-1","job_id":"job_1640123420123456789","job_type":"email","attempt":1,"max_attempts":3}',
  ],
  [
    EMAIL_SENT,
    {
      job_id: job.job_id,
      to: 'user@example.com',
      subject: 'Welcome to our service',
      template: 'welcome_email',
    },
    17,
    '{"time":"2023-10-20T14:30:17Z","signal":"EMAIL_SENT","message":"Email sent successfully","job_id":"job_1640123420123456789","to":"user@example.com","subject":"Welcome to our service","template":"welcome_email"}',
  ],
  [
    JOB_COMPLETED,
    { ...worker, ...job, duration: 1_200, attempts: 1 },
    17,
    '{"time":"2023-10-20T14:30:17Z","signal":"JOB_COMPLETED","message":"Job processing completed","worker_id":"worker-1","job_id":"job_1640123420123456789","job_type":"email","duration":"1.2s","attempts":1}',
  ],
];

describe('jsonLine()', () => {
  test.each(golden)(
    'jsonLine() - writes $name as the original does',
    (definition, fields, second, expected) => {
      const timestamp = Date.UTC(2023, 9, 20, 14, 30, second);
      expect(jsonLine(emissionOf(definition, fields, { timestamp }))).toBe(expected.replace('Z"', '.000Z"'));
    },
  );

  test('jsonLine() - cuts the time to milliseconds', () => {
    const timestamp = Date.UTC(2023, 9, 20, 14, 30, 15, 999) + 0.999;
    expect(JSON.parse(jsonLine(emissionOf(WORKER_STARTED, {}, { timestamp }))).time).toBe(
      '2023-10-20T14:30:15.999Z',
    );
  });

  test('jsonLine() - puts the trace context last, where there is one', () => {
    const context = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' };
    expect(jsonLine(emissionOf(WORKER_STARTED, worker, context))).toMatch(
      /,"worker_id":"worker-1","trace_id":"0af7651916cd43dd8448eb211c80319c","span_id":"b7ad6b7169203331"}$/,
    );
    expect(jsonLine(emissionOf(WORKER_STARTED, worker))).not.toMatch(/trace_id|span_id/);
  });

  test('jsonLine() - names plain level records by their level and keeps their fields', () => {
    const line = jsonLine(emissionOf(levels.info, { worker_count: 3, ready: true }, { message: 'Started' }));
    expect(line).toBe(
      '{"time":"2023-10-20T14:30:15.250Z","signal":"INFO","message":"Started","worker_count":3,"ready":true}',
    );
  });

  test('jsonLine() - leaves a redacted duration as it is, and a number of another kind a number', () => {
    const line = JSON.parse(jsonLine(emissionOf(JOB_COMPLETED, { duration: '[redacted]', attempts: 2 })));
    expect(line).toMatchObject({ duration: '[redacted]', attempts: 2 });
  });

  test('jsonLine() - lets no field of a level record take a reserved key', () => {
    const fields = { signal: 'x', signal_: 'y', time: 1, trace_id: 'mine', ok: 'z' };
    const line = jsonLine(emissionOf(levels.warn, fields, { message: 'm', traceId: 'abc' }));
    expect(JSON.parse(line)).toEqual({
      time: '2023-10-20T14:30:15.250Z',
      signal: 'WARN',
      message: 'm',
      signal__: 'x',
      signal_: 'y',
      time_: 1,
      trace_id_: 'mine',
      ok: 'z',
      trace_id: 'abc',
    });
  });

  const FAILED = defineSignal('CRANE_FAILED', { severity: 'warn', fields: { error: error(), crane: id() } });
  const thrown = { type: 'RangeError', message: 'too far', stack: 'RangeError: too far\n    at lift' };

  test('jsonLine() - tells the type and the stack of an error behind the fields, which stay as they are', () => {
    const fields = { error: 'too far', crane: 'c-1' };
    const line = jsonLine(emissionOf(FAILED, fields, { errors: { error: thrown }, traceId: 'abc' }));
    expect(line).toContain(
      ',"error":"too far","crane":"c-1","error_type":"RangeError","error_stack":"RangeError: too far\\n    at lift","trace_id":"abc"}',
    );
  });

  test('jsonLine() - leaves stacks out where it is told so, and where there is none', () => {
    const emission = emissionOf(FAILED, { error: 'too far' }, { errors: { error: thrown } });
    expect(JSON.parse(jsonLine(emission, { stack: false }))).toMatchObject({ error_type: 'RangeError' });
    expect(jsonLine(emission, { stack: false })).not.toContain('_stack');
    const bare = { type: '_OTHER', message: 'too far' };
    expect(jsonLine(emissionOf(FAILED, { error: 'x' }, { errors: { error: bare } }))).not.toContain('_stack');
  });

  test('jsonLine() - tells the stack of an error that is named again only where it is an error itself', () => {
    const AGAIN = defineSignal('CRANE_RETRIED', { fields: { error: error({ detail: 'type' }) } });
    const more = { errors: { error: thrown } };
    expect(JSON.parse(jsonLine(emissionOf(AGAIN, { error: 'too far' }, more)))).toMatchObject({
      error_type: 'RangeError',
    });
    expect(jsonLine(emissionOf(AGAIN, { error: 'too far' }, more))).not.toContain('_stack');
    const severe = emissionOf(AGAIN, { error: 'too far' }, { ...more, severity: 'error' });
    expect(JSON.parse(jsonLine(severe))).toMatchObject({ error_stack: thrown.stack });
  });

  test('jsonLine() - overwrites nothing by what it tells of errors, whatever the fields are called', () => {
    const own = (value: unknown): object => {
      const names = ['constructor', '__proto__', 'x', 'x_type', 'x_type_', 'span', 'time'];
      return Object.fromEntries(names.map((name) => [name, value]));
    };
    const fields = { ...own('m'), ['__proto__']: 'm', time_type: 'mine' } as LeavingValues;
    const errors = { ...own(thrown), ['__proto__']: thrown } as never;
    const line = jsonLine(emissionOf(levels.error, fields, { errors, message: 'm', spanId: 'abc' }));
    const keys = [...line.matchAll(/[{,]"([^"]+)":/g)].map(([, key]) => key);
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys).toEqual(
      expect.arrayContaining([
        ...['constructor_type', 'constructor_stack', '__proto___type', 'x_type__', 'x_type_type', 'x_stack'],
        ...['time_', 'time_type', 'time_type_', 'time_stack'],
      ]),
    );
  });

  test('jsonLine() - makes visible what a terminal or an editor would act on, in every part', () => {
    const active = '\u007f\u0085\u009b\u061c\u200e\u200f\u2028\u2029\u202a\u202e\u2066\u2069';
    const fields = { [active]: active, list: [active] };
    const line = jsonLine(emissionOf(levels.info, fields, { message: active, traceId: active }));
    expect(line).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u);
    expect(line).toContain(String.raw`"\u007f\u0085\u009b\u061c\u200e`);
    expect(JSON.parse(line)).toMatchObject({ ...fields, message: active, trace_id: active });
    expect(jsonLine(emissionOf(levels.info, {}, { message: 'naïve – “日本” 👩‍👩‍👧' }))).toContain(
      'naïve – “日本” 👩‍👩‍👧',
    );
  });

  test('jsonLine() - is one line of JSON with the first keys first and every field in it, whatever the fields', () => {
    const key = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(
        'time',
        'signal',
        'message',
        'span_id',
        'span_id_',
        '__proto__',
        'constructor',
        '0',
        '17',
        '\u2028',
      ),
    );
    const value = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.boolean(),
      fc.array(fc.string(), { maxLength: 3 }),
    );
    fc.assert(
      fc.property(fc.dictionary(key, value, { noNullPrototype: false }), fc.string(), (fields, message) => {
        const line = jsonLine(emissionOf(levels.info, fields, { message, spanId: 'abc' }));
        expect(line).not.toMatch(/[\r\n]/);
        const prefix = `{"time":"2023-10-20T14:30:15.250Z","signal":"INFO","message":${JSON.stringify(message)},`;
        expect(line.startsWith(prefix)).toBe(true);
        expect(line.endsWith(',"span_id":"abc"}')).toBe(true);
        const parsed: unknown = JSON.parse(line);
        expect(Object.keys(parsed as object)).toHaveLength(4 + Object.keys(fields).length);
        expect(Object.values(parsed as object)).toEqual(
          expect.arrayContaining(JSON.parse(JSON.stringify(Object.values(fields)))),
        );
      }),
      { numRuns: 500 },
    );
  });
});
