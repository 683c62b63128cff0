import { readFileSync } from 'node:fs';
import { context, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { createSignalbox, defineSignal, field } from 'signalbox';
import { afterEach, describe, expect, test } from 'vitest';
import { useFakeTime, useRealTime } from '../examples/queue/fake-time.js';
import { nanos, resetOtel, startOtel } from '../support/otel.js';

afterEach(() => {
  useRealTime();
  resetOtel();
});

const SHIPPED = defineSignal('ORDER_SHIPPED_LATE', {
  message: (values) => `Order ${values.order} shipped`,
  severity: 'warn',
  fields: {
    order: field.id({ attribute: 'order.id' }),
    took: field.duration({ attribute: 'order.duration' }),
    parts: field.list(),
    customer: field.optional(field.string({ attribute: 'enduser.id', sensitive: true })),
  },
});
const values = { order: 'o-1', took: 83, parts: ['a', 'b'] };

describe('a log record', () => {
  test('log record - has the event name, severity, body and attributes of its signal, in the units of the wire', () => {
    const otel = startOtel();
    createSignalbox().emit(SHIPPED, { ...values, customer: 'ann' });
    const [record, ...rest] = otel.logs();
    expect(rest).toEqual([]);
    expect(record).toMatchObject({
      eventName: 'order.shipped_late',
      severityNumber: 13,
      severityText: 'WARN',
      body: 'Order o-1 shipped',
    });
    expect(record?.attributes).toEqual({
      'order.id': 'o-1',
      'order.duration': 0.083,
      parts: ['a', 'b'],
      'enduser.id': '[redacted]',
    });
  });

  test("log record - has the scope signalbox with the package's version", () => {
    const otel = startOtel();
    createSignalbox().emit(SHIPPED, values);
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(otel.logs()[0]?.instrumentationScope).toMatchObject({ name: 'signalbox', version });
  });

  test('log record - takes severity, message, time and context given for one emit', () => {
    const otel = startOtel();
    const span = trace.getTracer('app').startSpan('elsewhere');
    createSignalbox().emit(SHIPPED, values, {
      severity: 'fatal',
      message: 'all is lost',
      timestamp: 1_700_000_000_123.456,
      context: trace.setSpan(ROOT_CONTEXT, span),
    });
    const record = otel.logs()[0];
    expect(record).toMatchObject({
      eventName: 'order.shipped_late',
      severityNumber: 21,
      severityText: 'FATAL',
      body: 'all is lost',
      hrTime: [1_700_000_000, 123_456_000],
    });
    expect(record?.spanContext?.spanId).toBe(span.spanContext().spanId);
  });

  test('log record - carries the trace context of the active span, and none outside of spans', () => {
    const otel = startOtel();
    const box = createSignalbox();
    const span = trace.getTracer('app').startSpan('work');
    context.with(trace.setSpan(context.active(), span), () => box.emit(SHIPPED, values));
    box.emit(SHIPPED, values);
    const [within, outside] = otel.logs();
    expect(within?.spanContext).toEqual(span.spanContext());
    expect(outside?.spanContext).toBeUndefined();
  });

  test('log record - is of the moment of the emit, to the microsecond and observed then', () => {
    useFakeTime();
    const otel = startOtel();
    createSignalbox().emit(SHIPPED, values);
    const record = otel.logs()[0];
    if (!record) throw new Error('no record');
    expect(record.hrTimeObserved).toEqual(record.hrTime);
    expect(record.hrTime[1] % 1000).toBe(0);
    const millis = record.hrTime[0] * 1000 + record.hrTime[1] / 1e6;
    // The box's clock may lie 2 ms off the wall clock, which itself is cut to the millisecond.
    expect(Math.abs(millis - Date.now())).toBeLessThan(3);
  });

  test('log record - of something that happened earlier is observed when it is told', () => {
    useFakeTime();
    const otel = startOtel();
    const now = Date.now();
    const box = createSignalbox();
    box.emit(SHIPPED, values, { timestamp: now - 60_000 });
    box.emit(SHIPPED, values, { timestamp: now + 60_000 });
    const [earlier, later] = otel
      .logs()
      .map((record) => [nanos(record.hrTime), nanos(record.hrTimeObserved)]);
    expect(Number(earlier?.[0]) / 1e6).toBeCloseTo(now - 60_000, -1);
    expect(Number(earlier?.[1]) / 1e6).toBeCloseTo(now, -1);
    expect(later?.[1]).toBe(later?.[0]);
  });

  test('log record - a timestamp that no date can tell is left aside', () => {
    const otel = startOtel();
    const box = createSignalbox();
    for (const timestamp of [1.7e18, Number.NaN, Number.POSITIVE_INFINITY])
      box.emit(SHIPPED, values, { timestamp });
    const seconds = otel.logs().map((record) => record.hrTime[0]);
    for (const second of seconds) expect(Math.abs(second - Date.now() / 1000)).toBeLessThan(60);
  });

  test('log record - no two of a box have the same microsecond, and later ones have later times', () => {
    const otel = startOtel();
    const box = createSignalbox();
    for (let i = 0; i < 3000; i++) box.info('same text');
    const times = otel.logs().map((record) => nanos(record.hrTime));
    expect(times).toHaveLength(3000);
    expect(new Set(times).size).toBe(3000);
    expect(times).toEqual([...times].sort((a, b) => (a < b ? -1 : 1)));
  });

  test('log record - of an error that is all that a level method is given has its message and its exception', () => {
    const otel = startOtel();
    const box = createSignalbox();
    const error = new RangeError('too far');
    box.error(error);
    box.error('it broke', error);
    box.error(error, { attempt: 2 });
    expect(otel.logs().map(({ body, attributes }) => [body, attributes['exception.message']])).toEqual([
      ['too far', 'too far'],
      ['it broke', 'too far'],
      ['too far', 'too far'],
    ]);
    for (const { attributes } of otel.logs()) expect(attributes['error.type']).toBe('RangeError');
    expect(otel.logs()[2]?.attributes.attempt).toBe(2);
    expect(box.stats().values).toMatchObject({ wrongType: 0, undeclared: 0 });
  });

  test('log record - of a plain level has no event name, and takes its fields as they come', () => {
    const otel = startOtel();
    createSignalbox().error('it broke', { attempt: 2, ok: false, why: { nested: [1] } });
    const record = otel.logs()[0];
    expect(record?.eventName).toBeUndefined();
    expect(record).toMatchObject({ severityNumber: 17, severityText: 'ERROR', body: 'it broke' });
    expect(record?.attributes).toEqual({ attempt: 2, ok: false, why: '{"nested":[1]}' });
  });

  test('log record - of each level has the first number of its range', () => {
    const otel = startOtel();
    const box = createSignalbox();
    for (const level of ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const) box[level](level);
    expect(otel.logs().map((r) => [r.severityText, r.severityNumber])).toEqual([
      ['TRACE', 1],
      ['DEBUG', 5],
      ['INFO', 9],
      ['WARN', 13],
      ['ERROR', 17],
      ['FATAL', 21],
    ]);
  });

  test('log record - a route reveals a sensitive field to otel', () => {
    const otel = startOtel();
    const box = createSignalbox({ routes: [{ signals: SHIPPED, to: 'otel', reveal: ['customer'] }] });
    box.emit(SHIPPED, { ...values, customer: 'ann' });
    expect(otel.logs()[0]?.attributes['enduser.id']).toBe('ann');
  });
});
