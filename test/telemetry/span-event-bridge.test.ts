import { context, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { logs } from '@opentelemetry/api-logs';
import type { Signalbox } from 'signalbox';
import { createSignalbox, defineSignal, field, spanEventBridge } from 'signalbox';
import { exporters } from 'signalbox/sdk';
import { afterEach, describe, expect, test } from 'vitest';
import { KeptLogs } from '../sdk/helpers.js';
import type { TestOtel } from '../support/otel.js';
import { resetOtel, startOtel } from '../support/otel.js';

afterEach(resetOtel);

const STEP = defineSignal('STEP_TAKEN', { fields: { n: field.int() } });

function start(): TestOtel {
  return startOtel({ logProcessors: [spanEventBridge()] });
}

function within(fn: () => void): void {
  const span = trace.getTracer('app').startSpan('work');
  context.with(trace.setSpan(context.active(), span), fn);
  span.end();
}

function eventsOf(otel: TestOtel): readonly string[] {
  return otel.spans('work').flatMap((span) => span.events.map((event) => event.name));
}

describe('spanEventBridge()', () => {
  test('spanEventBridge() - puts a signal on the span once, where the box leaves that to it', () => {
    const otel = start();
    const box = createSignalbox({ spanEvents: 'bridge' });
    within(() => box.emit(STEP, { n: 1 }));
    const [event] = otel.spans('work')[0]?.events ?? [];
    expect(eventsOf(otel)).toEqual(['step.taken']);
    expect(event).toMatchObject({ attributes: { n: 1 }, time: otel.logs()[0]?.hrTime });
  });

  test('spanEventBridge() - a signal that does not come by the app’s log pipeline has its event all the same, once', async () => {
    const otel = start();
    const box = createSignalbox({
      spanEvents: 'bridge',
      destinations: { collector: exporters({ logs: new KeptLogs() }) },
      routes: [
        { signals: '*', to: ['collector'] },
        { signals: '*', channels: ['spanEvents'], to: ['otel'] },
      ],
    });
    within(() => box.emit(STEP, { n: 1 }));
    expect(eventsOf(otel)).toEqual(['step.taken']);
    expect(box.stats().destinations.otel?.channels.spanEvents).toMatchObject({ routed: 1, handedOver: 1 });
    await box.shutdown();
  });

  test('spanEventBridge() - never doubles the event of a box that puts it on the span itself', () => {
    const otel = start();
    const box = createSignalbox();
    within(() => box.emit(STEP, { n: 1 }));
    expect(eventsOf(otel)).toEqual(['step.taken']);
  });

  test('spanEventBridge() - events of other loggers arrive, beside a box of either kind', () => {
    const otel = start();
    const direct = createSignalbox();
    const bridged = createSignalbox({ spanEvents: 'bridge' });
    within(() => {
      direct.emit(STEP, { n: 1 });
      logs.getLogger('app').emit({ eventName: 'app.event' });
      bridged.emit(STEP, { n: 2 });
    });
    expect(eventsOf(otel)).toEqual(['step.taken', 'app.event', 'step.taken']);
  });

  test('spanEventBridge() - an event that a processor emits in the middle of ours arrives once too', () => {
    let nested = false;
    const otel = startOtel({
      logProcessors: [
        {
          onEmit: () => {
            if (nested) return;
            nested = true;
            logs.getLogger('app').emit({ eventName: 'app.nested' });
          },
          forceFlush: () => Promise.resolve(),
          shutdown: () => Promise.resolve(),
        },
        spanEventBridge(),
      ],
    });
    const box = createSignalbox();
    within(() => box.emit(STEP, { n: 1 }));
    expect([...eventsOf(otel)].sort()).toEqual(['app.nested', 'step.taken']);
  });

  test('spanEventBridge() - records without an event name are no events', () => {
    const otel = start();
    const box: Signalbox = createSignalbox({ spanEvents: 'bridge' });
    within(() => {
      box.info('plain');
      logs.getLogger('app').emit({ body: 'plain too' });
    });
    expect(otel.logs()).toHaveLength(2);
    expect(eventsOf(otel)).toEqual([]);
  });

  test('spanEventBridge() - a record goes to the span of its own context, not to the active one', () => {
    const otel = start();
    const box = createSignalbox({ spanEvents: 'bridge' });
    const other = trace.getTracer('app').startSpan('other');
    within(() => box.emit(STEP, { n: 1 }, { context: trace.setSpan(ROOT_CONTEXT, other) }));
    other.end();
    expect(eventsOf(otel)).toEqual([]);
    expect(otel.spans('other')[0]?.events).toHaveLength(1);
  });

  test('spanEventBridge() - a span that throws stops neither the app nor the processors behind it', () => {
    const otel = start();
    const box = createSignalbox({ spanEvents: 'bridge' });
    const span = trace.getTracer('app').startSpan('work');
    span.addEvent = () => {
      throw new Error('no events here');
    };
    context.with(trace.setSpan(context.active(), span), () => box.emit(STEP, { n: 1 }));
    expect(otel.logs('step.taken')).toHaveLength(1);
    expect(box.stats().destinations.otel?.channels.logs).toMatchObject({ handedOver: 1, failed: 0 });
  });
});
