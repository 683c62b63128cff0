import { ROOT_CONTEXT, trace } from '@opentelemetry/api';
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs';
import { createSignalbox, defineSignal, field } from 'signalbox';
import { exporters } from 'signalbox/sdk';
import { afterEach, expect, test } from 'vitest';
import type { ExportCallback } from '../../src/sdk/exporter-like.js';
import { resetOtel } from '../support/otel.js';
import { KeptLogs } from './helpers.js';

afterEach(resetOtel);

const SHIPPED = defineSignal('ORDER_SHIPPED', { fields: { order: field.id(), lines: field.int() } });
const nanos = ([seconds, rest]: readonly [number, number]): bigint =>
  BigInt(seconds) * 1_000_000_000n + BigInt(rest);

test('a record that waited - says when it was told, where that is later than when it happened', async () => {
  const logs = new KeptLogs();
  const box = createSignalbox({ destinations: { collector: exporters({ logs }) } });
  const before = Date.now();
  box.emit(SHIPPED, { order: 'a', lines: 1 }, { timestamp: 1_700_000_000_123.456 });
  box.emit(SHIPPED, { order: 'b', lines: 2 });
  await box.forceFlush();
  const [earlier, now] = logs.records;
  expect(earlier?.hrTime).toEqual([1_700_000_000, 123_456_000]);
  expect(nanos(earlier?.hrTimeObserved as [number, number])).toBeGreaterThan(
    BigInt(before - 1000) * 1_000_000n,
  );
  expect(now?.hrTimeObserved).toEqual(now?.hrTime);
  expect(now?.hrTimeObserved).not.toBe(now?.hrTime);
});

test('a record that waited - says that its span is of another process', async () => {
  const logs = new KeptLogs();
  const box = createSignalbox({ destinations: { collector: exporters({ logs }) } });
  const remote = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1, isRemote: true };
  box.emit(SHIPPED, { order: 'a', lines: 1 }, { context: trace.setSpanContext(ROOT_CONTEXT, remote) });
  await box.forceFlush();
  expect(logs.records[0]?.spanContext).toEqual({ ...remote, traceState: undefined });
});

test('a record that waited - has the trace context of its emit, whatever became of the object that said it', async () => {
  const logs = new KeptLogs();
  const box = createSignalbox({ destinations: { collector: exporters({ logs }) } });
  let gone = false;
  // What a tracer of another make may give.
  class Live {
    traceFlags = 1;
    spanId = 'b'.repeat(16);
    get traceId(): string {
      if (gone) throw new Error('the span is gone');
      return 'a'.repeat(32);
    }
  }
  const context = trace.setSpanContext(ROOT_CONTEXT, new Live());
  for (const order of ['a', 'b']) box.emit(SHIPPED, { order, lines: 1 }, { context });
  gone = true;
  await box.forceFlush();
  expect(logs.records.map(({ spanContext }) => spanContext?.traceId)).toEqual([
    'a'.repeat(32),
    'a'.repeat(32),
  ]);
  expect(logs.records[0]?.spanContext).not.toBe(logs.records[1]?.spanContext);
});

/** Refuses the first batch for good, after it has changed all of it. */
class Scribbling extends KeptLogs {
  override export(batch: unknown, done: ExportCallback): void {
    if (this.batches.length > 0) {
      super.export(batch, done);
      return;
    }
    for (const record of batch as Record<string, unknown>[]) {
      for (const part of ['hrTime', 'attributes'] as const) {
        const given = record[part] as Record<string, unknown>;
        for (const key of Object.keys(given)) given[key] = -1;
      }
      record.body = 'CHANGED';
    }
    super.export(batch, () => done({ code: 1, error: Object.assign(new Error('no'), { code: 400 }) }));
  }
}

test('a record that is exported again - is what it was, whatever the exporter made of it the first time', async () => {
  const logs = new Scribbling();
  const box = createSignalbox({ destinations: { collector: exporters({ logs }) } });
  const timestamp = 1_700_000_000_000;
  for (const order of ['a', 'b']) box.emit(SHIPPED, { order, lines: 1 }, { timestamp });
  await box.forceFlush();
  const [first, ...halves] = logs.batches;
  expect(first?.map(({ body }) => body)).toEqual(['CHANGED', 'CHANGED']);
  const told = ({ hrTime, body, attributes }: ReadableLogRecord): object => ({ hrTime, body, attributes });
  const as = (order: string): object => ({
    hrTime: [1_700_000_000, 0],
    body: 'order shipped',
    attributes: { order, lines: 1 },
  });
  expect(halves.map((half) => half.map(told))).toEqual([[as('a')], [as('b')]]);
});
