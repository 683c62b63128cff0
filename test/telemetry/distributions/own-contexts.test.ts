import type { Context } from '@opentelemetry/api';
import { context, createContextKey, propagation, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core';
import { createSignalbox } from 'signalbox';
import type { QueueTelemetry } from 'signalbox/jobs';
import { createJobs } from 'signalbox/jobs';
import { afterEach, describe, expect, test } from 'vitest';
import { GIVE_UP, RETRY } from '../../jobs/rig.js';
import { play, UNTROUBLED } from '../../promises/app.js';
import type { TestOtel } from '../../support/otel.js';
import { resetOtel, startOtel } from '../../support/otel.js';
import { StrictManager, VendorContext, VendorManager, vendorPropagator } from './managers.js';

afterEach(resetOtel);

const w3c = (): CompositePropagator =>
  new CompositePropagator({ propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()] });

function startVendor(): { manager: VendorManager; otel: TestOtel; queue: QueueTelemetry } {
  const manager = new VendorManager();
  const otel = startOtel({ contextManager: manager, propagator: vendorPropagator(manager, w3c()) });
  return { manager, otel, queue: createJobs(createSignalbox()).queue('mail') };
}

describe("a manager whose contexts are a vendor's own", () => {
  test('attempt.run() - the handler finds one of them active, without a carrier and with one', async () => {
    const { manager, queue } = startVendor();
    const enter = (): string | undefined => manager.active().enterTransaction('t').transaction;
    const enqueue = queue.enqueue({ id: '1' });
    for (const carrier of [undefined, {}, enqueue.carrier]) {
      const info = { job: { id: '1' }, carrier, number: 1 };
      expect(await queue.process(info, enter, () => GIVE_UP)).toBe('t');
    }
  });

  test('batch.run() and within() - as well', () => {
    const { manager, queue } = startVendor();
    const { carrier } = queue.enqueue({ id: '1' });
    const batch = queue.batch([{ job: { id: '1' }, carrier }, { job: { id: '2' } }]);
    expect(batch.run(() => manager.active())).toBeInstanceOf(VendorContext);
    const jobs = createJobs(createSignalbox());
    expect(jobs.within(carrier, () => manager.active())).toBeInstanceOf(VendorContext);
    expect(jobs.within(undefined, () => manager.active())).toBeInstanceOf(VendorContext);
  });

  test("attempt.run() - the transaction of whoever takes the job is not the job's", () => {
    const { manager, queue } = startVendor();
    const loop = manager.active().enterTransaction('the worker loop');
    manager.with(loop, () => {
      const attempt = queue.attempt({ job: { id: '1' }, number: 1 });
      expect(attempt.run(() => manager.active().transaction)).toBeUndefined();
    });
  });

  test('attempt - is a child of its enqueue', async () => {
    const { otel, queue } = startVendor();
    const enqueue = queue.enqueue({ id: '1' });
    enqueue.accepted();
    await queue.process(
      { job: { id: '1' }, carrier: enqueue.carrier, number: 1 },
      () => {},
      () => GIVE_UP,
    );
    const [sent, processed] = otel.spans();
    expect(processed?.parentSpanContext?.spanId).toBe(sent?.spanContext().spanId);
  });
});

describe('a manager that takes no foreign contexts', () => {
  test('everything that jobs do - hands it none, and the app notices nothing', async () => {
    const manager = new StrictManager();
    startOtel({ contextManager: manager });
    const box = createSignalbox({ destinations: { sink: () => Promise.resolve() } });
    expect(await play(box)).toEqual(UNTROUBLED);
    await box.shutdown();
    expect(manager.foreign).toEqual([]);
    expect(manager.taken).toBeGreaterThan(10);
  });

  test('a box and an enqueue that were there before the SDK - hand it none either', () => {
    const box = createSignalbox();
    const queue = createJobs(box).queue('mail');
    const enqueue = queue.enqueue({ id: '1' });
    const attempt = queue.attempt({ job: { id: '1' }, number: 1 });
    const manager = new StrictManager();
    startOtel({ contextManager: manager });
    const key = createContextKey('kept');
    expect(enqueue.run(() => context.active().setValue(key, 1).getValue(key))).toBe(1);
    expect(attempt.run(() => context.active())).toBeInstanceOf(ROOT_CONTEXT.constructor);
    attempt.completed();
    enqueue.accepted();
    expect(manager.foreign).toEqual([]);
    expect(manager.taken).toBeGreaterThanOrEqual(2);
  });

  test('a propagator that throws, or gives no context - hands it none, and attempts begin at the root', () => {
    const bad = [
      () => {
        throw new Error('no');
      },
      () => undefined,
      () => Promise.reject(new Error('late')),
    ];
    for (const extract of bad) {
      const manager = new StrictManager();
      startOtel({
        contextManager: manager,
        propagator: { inject: () => {}, extract: extract as unknown as () => Context, fields: () => [] },
      });
      const queue = createJobs(createSignalbox()).queue('mail');
      const ran = queue
        .attempt({ job: { id: '1' }, carrier: { a: 'b' }, number: 1 })
        .run(() => context.active());
      expect(trace.getSpan(ran)?.isRecording()).toBe(true);
      expect(manager.foreign).toEqual([]);
      resetOtel();
    }
  });

  test("the signals of workers - are handed to the app's log pipeline in contexts of its own", () => {
    const manager = new StrictManager();
    const seen: (Context | undefined)[] = [];
    startOtel({
      contextManager: manager,
      logProcessors: [
        {
          onEmit: (_, given) => void seen.push(given),
          forceFlush: () => Promise.resolve(),
          shutdown: () => Promise.resolve(),
        },
      ],
    });
    const queue = createJobs(createSignalbox()).queue('mail');
    const worker = queue.worker('w');
    worker.started();
    worker.stopped();
    queue.queued({ id: '1' });
    queue.revived({ id: '1' });
    queue.stalled({ id: '1' });
    queue.abandoned({ id: '1' }, { reason: 'removed' });
    expect(seen).toHaveLength(6);
    for (const one of seen) expect(one).toBeInstanceOf(ROOT_CONTEXT.constructor);
  });
});

describe('what is active where a job is taken', () => {
  const TENANT = createContextKey('tenant');

  test('attempt.run() - neither its baggage nor its values nor its span come into the job', async () => {
    const otel = startOtel();
    const queue = createJobs(createSignalbox()).queue('mail', { relation: 'parent' });
    const baggage = propagation.createBaggage({ user: { value: 'of the caller' } });
    const caller = propagation.setBaggage(ROOT_CONTEXT.setValue(TENANT, 'of the caller'), baggage);
    const tracer = trace.getTracer('app');
    await tracer.startActiveSpan('loop', {}, caller, async (loop) => {
      for (const carrier of [undefined, { traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` }]) {
        const attempt = queue.attempt({ job: { id: '1' }, carrier, number: 1 });
        await attempt.run(async () => {
          await Promise.resolve();
          expect(context.active().getValue(TENANT)).toBeUndefined();
          expect(propagation.getActiveBaggage()).toBeUndefined();
        });
        attempt.failed(new Error('no'), RETRY);
      }
      loop.end();
    });
    const [first, second, loop] = otel.spans();
    expect(first?.parentSpanContext).toBeUndefined();
    expect(second?.parentSpanContext?.traceId).toBe('a'.repeat(32));
    expect(loop?.spanContext().traceId).not.toBe(first?.spanContext().traceId);
  });
});
