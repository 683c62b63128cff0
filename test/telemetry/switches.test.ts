import { context, trace } from '@opentelemetry/api';
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base';
import type { Signalbox } from 'signalbox';
import { createSignalbox, defineSignal } from 'signalbox';
import { createJobs } from 'signalbox/jobs';
import { exporters, spanProcessor } from 'signalbox/sdk';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { KeptSpans } from '../sdk/helpers.js';
import type { TestOtel } from '../support/otel.js';
import { recordDiag, resetOtel, startOtel } from '../support/otel.js';

afterEach(() => {
  resetOtel();
  vi.unstubAllEnvs();
});

const SEEN = defineSignal('BIRD_SEEN', { metrics: [{ type: 'counter', name: 'bird.seen' }] });

/** Uses all of a box; says what its handlers gave. */
async function useAll(
  box: Signalbox,
  depth: () => { waiting: number } = () => ({ waiting: 1 }),
): Promise<string> {
  const span = trace.getTracer('app').startSpan('work');
  context.with(trace.setSpan(context.active(), span), () => box.emit(SEEN));
  span.end();
  box.error('plain');
  const queue = createJobs(box).queue('q');
  queue.worker('w').started();
  const enqueue = queue.enqueue({ id: '1' });
  enqueue.accepted();
  const monitor = queue.monitor({ depth });
  await monitor.check();
  monitor.stop();
  queue.attempt({ job: { id: '2' }, worker: 'w' });
  return queue.process(
    { job: { id: '1' }, carrier: enqueue.carrier, worker: 'w' },
    () => 'done',
    () => ({
      retry: false,
      reason: 'max_attempts',
    }),
  );
}

async function expectNothing(otel: TestOtel): Promise<void> {
  expect(otel.logs()).toEqual([]);
  expect(otel.spans().map((span) => [span.name, span.events])).toEqual([['work', []]]);
  expect([...(await otel.metrics()).keys()]).toEqual([]);
}

describe('OTEL_SDK_DISABLED', () => {
  test.each(['true', 'TRUE', ' True '])('OTEL_SDK_DISABLED=%s - makes a box a no-op', async (value) => {
    vi.stubEnv('OTEL_SDK_DISABLED', value);
    const otel = startOtel();
    let arrived = 0;
    const box = createSignalbox({
      destinations: { sink: () => void arrived++ },
      routes: [{ signals: '*', to: ['otel', 'sink'] }],
    });
    expect(await useAll(box)).toBe('done');
    await box.forceFlush();
    await expectNothing(otel);
    expect(arrived).toBe(0);
    expect(box.stats()).toMatchObject({ emitted: 0, unrouted: 0, refused: {} });
  });

  test.each(['false', '', '1', 'yes'])('OTEL_SDK_DISABLED=%s - changes nothing', (value) => {
    vi.stubEnv('OTEL_SDK_DISABLED', value);
    const otel = startOtel();
    createSignalbox().emit(SEEN);
    expect(otel.logs()).toHaveLength(1);
  });
});

describe('disable()', () => {
  test('disable() - makes a box a no-op, and asks the app nothing any more', async () => {
    const otel = startOtel();
    const box = createSignalbox();
    box.disable();
    let asked = 0;
    const depth = (): { waiting: number } => ({ waiting: ++asked });
    expect(await useAll(box, depth)).toBe('done');
    await expectNothing(otel);
    expect(asked).toBe(0);
  });

  test('disable() - what waited for a sink is counted, not forgotten', async () => {
    const box = createSignalbox({ destinations: { sink: () => new Promise<void>(() => {}) } });
    for (let i = 0; i < 3; i++) box.emit(SEEN);
    // So that the first is being called.
    await new Promise<void>((done) => setImmediate(done));
    box.disable();
    await new Promise<void>((done) => setImmediate(done));
    expect(box.stats().destinations.sink?.channels.sink).toMatchObject({
      routed: 3,
      failed: 1,
      dropped: { shutdown: 2 },
      queued: 0,
    });
  });

  test('disable() - shutdown and forceFlush still settle, and a second disable() is harmless', async () => {
    const told = recordDiag();
    const box = createSignalbox();
    box.disable();
    box.disable();
    await box.forceFlush();
    expect(await box.shutdown()).toEqual({ complete: true, undelivered: {} });
    box.emit(SEEN);
    expect(box.stats()).toMatchObject({ emitted: 0, refused: {} });
    expect(told).toEqual([]);
  });

  test('disable() - an attempt that runs goes on, and its span ends', () => {
    const otel = startOtel();
    const box = createSignalbox();
    const attempt = createJobs(box)
      .queue('q')
      .attempt({ job: { id: '1' }, number: 1 });
    box.disable();
    expect(attempt.run(() => 'done')).toBe('done');
    attempt.completed();
    expect(otel.spans('process q')).toHaveLength(1);
    expect(otel.logs('job.completed')).toEqual([]);
  });

  test('disable() - after shutdown, emits are neither made nor counted', async () => {
    const box = createSignalbox();
    await box.shutdown();
    box.emit(SEEN);
    expect(box.stats().refused).toEqual({ closed: 1 });
    box.disable();
    box.emit(SEEN);
    expect(box.stats().refused).toEqual({ closed: 1 });
  });
});

describe('spanProcessor()', () => {
  test('OTEL_SDK_DISABLED, disable() - hands no span over', async () => {
    const spans = new KeptSpans();
    const make = () =>
      createSignalbox({ destinations: { all: exporters({ spans }) }, otherTelemetry: 'all' });
    vi.stubEnv('OTEL_SDK_DISABLED', 'true');
    const disabledByEnvironment = make();
    vi.stubEnv('OTEL_SDK_DISABLED', '');
    const disabled = make();
    disabled.disable();
    for (const box of [disabledByEnvironment, disabled]) {
      new BasicTracerProvider({ spanProcessors: [spanProcessor(box)] })
        .getTracer('app')
        .startSpan('work')
        .end();
      await box.forceFlush();
      expect(box.stats().destinations.all?.channels.spans).toMatchObject({ routed: 0 });
    }
    expect(spans.spans).toEqual([]);
  });
});
