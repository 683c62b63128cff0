import { trace } from '@opentelemetry/api';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import type { Signalbox } from 'signalbox';
import { createSignalbox, defineSignal, field } from 'signalbox';
import { exporters } from 'signalbox/sdk';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { ExportCallback } from '../../src/sdk/exporter-like.js';
import { onFullStack } from '../support/full-stack.js';
import { recordDiag, resetOtel } from '../support/otel.js';
import { deadline, KeptLogs, settle, withContexts } from './helpers.js';
import { Bench, succeed } from './pipeline-bench.js';

afterEach(() => {
  vi.useRealTimers();
  resetOtel();
});

describe('with fake timers', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'Date', 'performance'] });
  });

  test('push() - a full batch leaves at once, but not within the push that filled it', async () => {
    const bench = new Bench({}, succeed);
    bench.push(3);
    expect(bench.numbers).toEqual([]);
    await vi.advanceTimersByTimeAsync(0);
    expect(bench.numbers).toEqual([[0, 1, 2]]);
  });

  test('push() - what fills no batch waits for company as long as it may, and no longer', async () => {
    const bench = new Bench({}, succeed);
    bench.push();
    await vi.advanceTimersByTimeAsync(400);
    bench.push();
    await vi.advanceTimersByTimeAsync(599);
    expect(bench.numbers).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(bench.numbers).toEqual([[0, 1]]);
  });

  test('push() - what is left of a batch waits for its own age', async () => {
    const bench = new Bench({}, succeed);
    bench.push(4);
    await vi.advanceTimersByTimeAsync(0);
    expect(bench.numbers).toEqual([[0, 1, 2]]);
    await vi.advanceTimersByTimeAsync(1000);
    expect(bench.numbers).toEqual([[0, 1, 2], [3]]);
  });

  test('push() - what came of age while an export was in flight leaves right after it', async () => {
    const bench = new Bench({ timeoutMillis: 5000 });
    bench.push(4);
    await vi.advanceTimersByTimeAsync(2000);
    expect(bench.numbers).toEqual([[0, 1, 2]]);
    bench.sent[0]?.done({ code: 0 });
    await vi.advanceTimersByTimeAsync(0);
    expect(bench.numbers).toEqual([[0, 1, 2], [3]]);
  });

  test.each([1, 2, 3])('push() - at most %i exports are in flight', async (inFlight) => {
    const bench = new Bench({ inFlight });
    bench.push(12);
    await vi.advanceTimersByTimeAsync(0);
    expect(bench.sent).toHaveLength(inFlight);
    bench.sent[0]?.done({ code: 0 });
    await vi.advanceTimersByTimeAsync(0);
    expect(bench.sent).toHaveLength(inFlight + 1);
  });

  test('push() - drops and counts what finds the queue full, in flight included, and tells it', async () => {
    const bench = new Bench({ capacity: 4 });
    bench.push(3);
    await vi.advanceTimersByTimeAsync(0);
    bench.push(3);
    expect(bench.counts).toEqual({ routed: 6, delivered: 0, failed: 0, dropped: { queue_full: 2 }, size: 4 });
    expect(bench.told).toEqual([
      "destination 'collector': its queue of 4 logs is full; further ones are dropped and counted",
      "destination 'collector': its queue of 4 logs is full; further ones are dropped and counted",
    ]);
  });

  test('an export - one that has no answer in time counts as failed, and what follows waits until its exporter answers', async () => {
    const bench = new Bench();
    bench.push(6);
    await vi.advanceTimersByTimeAsync(499);
    expect(bench.counts).toMatchObject({ failed: 0, size: 6 });
    await vi.advanceTimersByTimeAsync(1);
    expect(bench.counts).toMatchObject({ failed: 3, size: 3 });
    expect(bench.connection.told[0]?.error).toEqual(new Error('no answer within 500 ms'));
    expect(bench.told[1]).toBe(
      "destination 'collector': its exporter has not answered within 500 ms; logs wait until it does (open calls at most: 1)",
    );
    await vi.advanceTimersByTimeAsync(60_000);
    expect(bench.numbers).toEqual([[0, 1, 2]]);
    bench.sent[0]?.done({ code: 0 });
    await vi.advanceTimersByTimeAsync(0);
    expect(bench.numbers).toEqual([
      [0, 1, 2],
      [3, 4, 5],
    ]);
    expect(bench.counts).toMatchObject({ delivered: 0, failed: 3, size: 3 });
    expect(bench.told).toHaveLength(2);
  });

  test.each([1, 2, 3])(
    'an export - of an exporter that never answers %i calls are open, however many time out; the rest fills the queue and is counted',
    async (inFlight) => {
      const bench = new Bench({ inFlight, capacity: 30 });
      for (let i = 0; i < 40; i++) {
        bench.push(3);
        await vi.advanceTimersByTimeAsync(600);
      }
      expect(bench.sent).toHaveLength(inFlight);
      expect(bench.counts).toMatchObject({
        routed: 120,
        failed: 3 * inFlight,
        dropped: { queue_full: 90 - 3 * inFlight },
        size: 30,
      });
      const late = deadline();
      const closed = bench.pipeline.shutdown(late);
      await vi.advanceTimersByTimeAsync(0);
      late.pass();
      await closed;
      expect(bench.counts).toMatchObject({
        failed: 3 * inFlight,
        dropped: { queue_full: 90 - 3 * inFlight, shutdown: 30 },
        size: 0,
      });
      for (const { done } of bench.sent) done({ code: 0 });
      await vi.advanceTimersByTimeAsync(5000);
      expect(bench.sent).toHaveLength(inFlight);
    },
  );

  test('an export - a success that comes after its deadline stays a failure', async () => {
    const bench = new Bench();
    bench.push(3);
    await vi.advanceTimersByTimeAsync(500);
    bench.sent[0]?.done({ code: 0 });
    await vi.advanceTimersByTimeAsync(0);
    expect(bench.counts).toEqual({ routed: 3, delivered: 0, failed: 3, dropped: {}, size: 0 });
  });

  test('an export - is told as it failed', async () => {
    const refused = new Error('refused');
    const bench = new Bench({}, (done) => done({ code: 1, error: refused }));
    bench.push(3);
    await vi.advanceTimersByTimeAsync(0);
    expect(bench.connection.told).toEqual([
      {
        key: 'collector logs failed',
        message: "destination 'collector': an export of 3 logs failed",
        error: refused,
      },
    ]);
  });

  test('an export - waits until the resource is known', async () => {
    let known = (): void => {};
    const ready = () => new Promise<void>((resolve) => (known = resolve));
    const bench = new Bench({}, succeed, { ready });
    bench.push(3);
    await vi.advanceTimersByTimeAsync(100);
    expect(bench.numbers).toEqual([]);
    known();
    await vi.advanceTimersByTimeAsync(0);
    expect(bench.numbers).toEqual([[0, 1, 2]]);
  });

  test.each([
    ['never comes', () => new Promise<void>(() => {}), { failed: 3, delivered: 0 }],
    ['could not be found', () => Promise.reject(new Error('no')), { failed: 0, delivered: 3 }],
    [
      'throws',
      () => {
        throw new Error('no');
      },
      { failed: 0, delivered: 3 },
    ],
  ])('an export - a resource that %s holds up nothing for ever', async (_, ready, expected) => {
    const bench = new Bench({}, succeed, { ready });
    bench.push(3);
    await vi.advanceTimersByTimeAsync(500);
    expect(bench.counts).toMatchObject(expected);
  });

  test('forceFlush() - sends what waits, and settles when all that was there has an outcome', async () => {
    const bench = new Bench();
    bench.push(5);
    let done = false;
    void bench.pipeline.forceFlush(deadline()).then(() => (done = true));
    expect(bench.numbers).toEqual([[0, 1, 2]]);
    bench.sent[0]?.done({ code: 0 });
    await vi.advanceTimersByTimeAsync(0);
    expect(bench.numbers).toEqual([
      [0, 1, 2],
      [3, 4],
    ]);
    expect(done).toBe(false);
    bench.push();
    bench.sent[1]?.done({ code: 1 });
    await vi.advanceTimersByTimeAsync(0);
    expect(done).toBe(true);
    expect(bench.counts).toMatchObject({ delivered: 3, failed: 2, size: 1 });
  });

  test('forceFlush() - has the exporter flush what it holds itself, after the last export', async () => {
    const bench = new Bench({}, succeed, {});
    bench.push(2);
    await bench.pipeline.forceFlush(deadline());
    expect(bench.numbers).toEqual([[0, 1]]);
    expect(bench.calls).toEqual(['forceFlush']);
  });

  test('forceFlush() - an exporter that can not be flushed is told, and throws nothing', async () => {
    const bench = new Bench({}, succeed, { forceFlush: () => Promise.reject(new Error('no')) });
    await bench.pipeline.forceFlush(deadline());
    expect(bench.told).toEqual(["destination 'collector': its exporter could not be flushed"]);
  });

  test('forceFlush() - settles at the deadline, and counts nothing as lost for it', async () => {
    const bench = new Bench();
    bench.push(2);
    const late = deadline();
    const flushed = bench.pipeline.forceFlush(late);
    late.pass();
    await flushed;
    expect(bench.counts).toEqual({ routed: 2, delivered: 0, failed: 0, dropped: {}, size: 2 });
  });

  test('shutdown() - sends what waits, then closes the exporter', async () => {
    const bench = new Bench({}, succeed);
    bench.push(5);
    const closed = bench.pipeline.shutdown(deadline());
    await vi.advanceTimersByTimeAsync(0);
    await closed;
    expect(bench.counts).toEqual({ routed: 5, delivered: 5, failed: 0, dropped: {}, size: 0 });
    expect(bench.calls).toEqual(['shutdown']);
  });

  test('shutdown() - at the deadline what is in flight failed, what waits is dropped, and the exporter is closed all the same', async () => {
    const bench = new Bench({ timeoutMillis: 60_000 });
    bench.push(5);
    const late = deadline();
    const closed = bench.pipeline.shutdown(late);
    await vi.advanceTimersByTimeAsync(0);
    late.pass();
    await closed;
    expect(bench.counts).toEqual({ routed: 5, delivered: 0, failed: 3, dropped: { shutdown: 2 }, size: 0 });
    expect(bench.told).toEqual([
      "destination 'collector': an export of 3 logs failed",
      "destination 'collector': 5 logs had no outcome when the shutdown deadline came",
    ]);
    expect(bench.calls).toEqual(['shutdown']);
    bench.sent[0]?.done({ code: 0 });
    expect(bench.counts).toMatchObject({ delivered: 0, failed: 3 });
  });

  test('shutdown() - what comes later is counted closed; a second one and a flush do nothing more', async () => {
    const bench = new Bench({}, succeed);
    await bench.pipeline.shutdown(deadline());
    bench.push(2);
    await bench.pipeline.shutdown(deadline());
    await bench.pipeline.forceFlush(deadline());
    await vi.advanceTimersByTimeAsync(5000);
    expect(bench.counts).toEqual({ routed: 2, delivered: 0, failed: 0, dropped: { closed: 2 }, size: 0 });
    expect(bench.calls).toEqual(['shutdown']);
    expect(bench.numbers).toEqual([]);
  });

  test.each([
    ['rejects', () => Promise.reject(new Error('no'))],
    [
      'throws',
      () => {
        throw new Error('no');
      },
    ],
  ])('shutdown() - an exporter that %s on closing is told, and throws nothing', async (_, shutdown) => {
    const bench = new Bench({}, succeed, { shutdown });
    await bench.pipeline.shutdown(deadline());
    expect(bench.told).toEqual(["destination 'collector': its exporter could not be shut down"]);
  });
});

const TICKED = defineSignal('CLOCK_TICKED', { fields: { n: field.int() } });

function burst(box: Signalbox, n: number): void {
  for (let i = 0; i < n; i++) box.emit(TICKED, { n: i });
}

describe('a stack that is full', () => {
  test.each([1, 512])(
    'push() - that finds no stack left leaves nothing without a count, and the pipeline lives on: batches of %i',
    async (size) => {
      const bench = new Bench({ size, capacity: 300, delayMillis: 1 }, succeed);
      await onFullStack(() => bench.push());
      const { queued, dropped } = bench.connection.account('logs').counts();
      expect(queued).toBe(bench.pipeline.size);
      expect(dropped.queue_full).toBeGreaterThan(0);
      await vi.waitFor(() => expect(bench.pipeline.size).toBe(0));
      bench.push();
      await vi.waitFor(() => expect(bench.pipeline.size).toBe(0));
      const counts = bench.connection.account('logs').counts();
      expect(counts).toMatchObject({ delivered: bench.numbers.flat().length, queued: 0 });
    },
  );
});

describe('a burst of 10,000 emits in one tick', () => {
  test('a burst - all of it is delivered with the default queue, in order and once', async () => {
    const logs = new KeptLogs();
    const box = createSignalbox({ destinations: { collector: exporters({ logs }) } });
    burst(box, 10_000);
    expect(logs.records).toEqual([]);
    expect(box.stats().destinations.collector?.queue).toMatchObject({ size: 10_000, capacity: 16_384 });
    await box.forceFlush();
    expect(logs.records.map((record) => record.attributes.n)).toEqual(
      Array.from({ length: 10_000 }, (_, i) => i),
    );
    expect(box.stats().destinations.collector?.channels.logs).toEqual({
      routed: 10_000,
      delivered: 10_000,
      handedOver: 0,
      dropped: {},
      failed: 0,
      queued: 0,
    });
    expect(await box.shutdown()).toEqual({ complete: true, undelivered: {} });
  });

  test('a burst - with a queue of 2,000 stats() accounts for each one, and the loss is told once', async () => {
    const told = recordDiag();
    const logs = new KeptLogs();
    const destinations = { collector: exporters({ logs, batch: { capacity: 2000 } }) };
    const box = createSignalbox({ destinations });
    burst(box, 10_000);
    const { collector } = box.stats().destinations;
    expect(collector?.channels.logs).toMatchObject({
      routed: 10_000,
      delivered: 0,
      dropped: { queue_full: 8000 },
    });
    expect(collector?.queue).toMatchObject({ size: 2000, capacity: 2000 });
    expect(await box.shutdown()).toEqual({
      complete: false,
      undelivered: { collector: { queue_full: 8000 } },
    });
    expect(logs.records).toHaveLength(2000);
    expect(box.stats().destinations.collector?.channels.logs).toMatchObject({
      routed: 10_000,
      delivered: 2000,
      dropped: { queue_full: 8000 },
      queued: 0,
    });
    expect(told).toEqual([
      "signalbox: destination 'collector': its queue of 2000 logs is full; further ones are dropped and counted",
    ]);
  });
});

describe('what an exporter does while it exports', () => {
  const spans = new InMemorySpanExporter();
  const request = (): void => trace.getTracer('http').startSpan('POST /v1/logs').end();

  beforeEach(() => {
    spans.reset();
    withContexts();
    trace.setGlobalTracerProvider(
      new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] }),
    );
  });

  class Requesting extends KeptLogs {
    override export(batch: unknown, done: ExportCallback): void {
      request();
      void Promise.resolve().then(() => {
        request();
        super.export(batch, done);
      });
    }
    override async forceFlush(): Promise<void> {
      request();
    }
    override async shutdown(): Promise<void> {
      request();
    }
  }

  test('tracing - is suppressed while a batch is exported, flushed and closed, also where it goes on later', async () => {
    const logs = new Requesting();
    const box = createSignalbox({ destinations: { collector: exporters({ logs }) } });
    trace.getTracer('app').startActiveSpan('work', (span) => {
      box.emit(TICKED, { n: 1 });
      request();
      span.end();
    });
    await box.forceFlush();
    await box.shutdown();
    expect(logs.records).toHaveLength(1);
    expect(spans.getFinishedSpans().map((span) => span.name)).toEqual(['POST /v1/logs', 'work']);
  });

  test('emits - of an exporter go to the other destinations, and never back into itself', async () => {
    const other = new KeptLogs();
    class Chatty extends KeptLogs {
      override export(batch: unknown, done: ExportCallback): void {
        burst(box, 1);
        super.export(batch, done);
      }
    }
    const logs = new Chatty();
    const destinations = { chatty: exporters({ logs }), other: exporters({ logs: other }) };
    const box: Signalbox = createSignalbox({ destinations });
    burst(box, 1);
    await box.forceFlush();
    await box.forceFlush();
    await settle();
    expect(logs.records).toHaveLength(1);
    expect(other.records).toHaveLength(2);
    expect(box.stats().destinations.chatty?.channels.logs).toMatchObject({
      routed: 2,
      delivered: 1,
      dropped: { reentrant: 1 },
    });
  });
});
