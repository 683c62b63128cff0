import type { Context } from '@opentelemetry/api';
import { context, trace } from '@opentelemetry/api';
import { logs } from '@opentelemetry/api-logs';
import type { LogRecordProcessor } from '@opentelemetry/sdk-logs';
import { createSignalbox, defineSignal, field, SignalboxError } from 'signalbox';
import { createJobs } from 'signalbox/jobs';
import { exporters } from 'signalbox/sdk';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { KeptLogs } from '../../sdk/helpers.js';
import { resetOtel, startOtel } from '../../support/otel.js';
import { CopyingManager } from './managers.js';

afterEach(resetOtel);

const SENT = defineSignal('CARD_SENT', { fields: { to: field.string() } });
const NAMED = defineSignal('CARD_NAMED', { fields: { name: field.string({ attribute: 'event.name' }) } });

/** As New Relic's: takes the trace of a record from what is active, and not from its own context. */
function activeSpans(): { readonly seen: (string | undefined)[]; readonly processor: LogRecordProcessor } {
  const seen: (string | undefined)[] = [];
  const processor = {
    onEmit: () => void seen.push(trace.getActiveSpan()?.spanContext().spanId),
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
  };
  return { seen, processor };
}

describe('the context of a record', () => {
  test("a job's signals - are handed over with the span of their record active", async () => {
    const { seen, processor } = activeSpans();
    const otel = startOtel({ logProcessors: [processor] });
    const queue = createJobs(createSignalbox()).queue('mail');
    queue.enqueue({ id: '1' }).accepted();
    await queue.process(
      { job: { id: '1' }, number: 1 },
      () => {},
      () => ({ retry: false, reason: 'timeout' }),
    );
    const [sent, processed] = otel.spans().map((span) => span.spanContext().spanId);
    expect(otel.logs().map((record) => record.eventName)).toEqual([
      'job.queued',
      'job.started',
      'job.completed',
    ]);
    expect(seen).toEqual([sent, processed, processed]);
  });

  test('a signal of no span - is handed over with none active, whatever its caller is inside of', () => {
    const { seen, processor } = activeSpans();
    startOtel({ logProcessors: [processor] });
    const queue = createJobs(createSignalbox()).queue('mail');
    trace.getTracer('app').startActiveSpan('loop', () => queue.worker('w').started());
    expect(seen).toEqual([undefined]);
  });

  test('emit() - what is active already costs no change of context', () => {
    const manager = new CopyingManager().enable();
    const run = vi.spyOn(manager, 'with');
    context.setGlobalContextManager(manager);
    logs.setGlobalLoggerProvider({ getLogger: () => ({ emit() {} }), shutdown() {} } as never);
    const box = createSignalbox();
    context.with(context.active(), () => {
      run.mockClear();
      box.emit(SENT, { to: 'ada' });
    });
    expect(run).not.toHaveBeenCalled();
    expect(box.stats().destinations.otel?.channels.logs?.handedOver).toBe(1);
  });

  test.each<[string, (given: Context, fn: () => unknown) => unknown]>([
    [
      'throws before it calls',
      () => {
        throw new Error('no');
      },
    ],
    [
      'throws after it called',
      (_, fn) => {
        fn();
        throw new Error('no');
      },
    ],
    ['calls twice', (_, fn) => [fn(), fn()]],
    ['calls nothing', () => undefined],
    ['answers with a promise that rejects', (_, fn) => Promise.reject(new Error(String(fn())))],
  ])('a manager whose with() %s - each record is handed over once all the same', (_, run) => {
    const manager = new CopyingManager().enable();
    manager.with = run as typeof manager.with;
    context.setGlobalContextManager(manager);
    const emit = vi.fn<(record: { readonly eventName: string }) => void>();
    logs.setGlobalLoggerProvider({ getLogger: () => ({ emit }), shutdown() {} } as never);
    const queue = createJobs(createSignalbox()).queue('mail');
    queue.worker('w').started();
    const attempt = queue.attempt({ job: { id: '1' }, number: 1 });
    expect(attempt.run(() => 'ran')).toBe('ran');
    attempt.completed();
    expect(emit.mock.calls.map(([record]) => record.eventName)).toEqual([
      'worker.started',
      'job.started',
      'job.completed',
    ]);
  });

  test('emit() - a context that is given is the one that is active', () => {
    const { seen, processor } = activeSpans();
    startOtel({ logProcessors: [processor] });
    const span = trace.getTracer('app').startSpan('request');
    createSignalbox().emit(SENT, { to: 'ada' }, { context: trace.setSpan(context.active(), span) });
    expect(seen).toEqual([span.spanContext().spanId]);
  });
});

describe('eventNameAttribute', () => {
  test("emit() - the name of the event is an attribute too, for the app's logger and for exporters", async () => {
    const otel = startOtel();
    const kept = new KeptLogs();
    const box = createSignalbox({
      destinations: { kept: exporters({ logs: kept }) },
      routes: [{ signals: '*', to: ['otel', 'kept'] }],
      eventNameAttribute: true,
    });
    box.emit(SENT, { to: 'ada' });
    await box.forceFlush();
    for (const record of [...otel.logs(), ...kept.records]) {
      expect(record.eventName).toBe('card.sent');
      expect(record.attributes).toEqual({ 'event.name': 'card.sent', to: 'ada' });
    }
    expect([otel.logs().length, kept.records.length]).toEqual([1, 1]);
  });

  test('emit() - by default it is not, and plain records have no event to name', () => {
    const otel = startOtel();
    createSignalbox().emit(SENT, { to: 'ada' });
    createSignalbox({ eventNameAttribute: true }).info('plain');
    expect(otel.logs().map((record) => record.attributes)).toEqual([{ to: 'ada' }, {}]);
  });

  test('emit() - a field of that key stays what it is', () => {
    const otel = startOtel();
    createSignalbox({ eventNameAttribute: true }).emit(NAMED, { name: 'mine' });
    expect(otel.logs()[0]?.attributes).toEqual({ 'event.name': 'mine' });
  });

  test('createSignalbox() - refuses what is neither true nor false', () => {
    const make = (): unknown => createSignalbox({ eventNameAttribute: 1 as unknown as boolean });
    expect(make).toThrow(SignalboxError);
    expect(make).toThrow('createSignalbox: `eventNameAttribute` is 1. Use true or false.');
  });
});
