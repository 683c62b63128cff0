import type { Span } from '@opentelemetry/api';
import { context, trace } from '@opentelemetry/api';
import { AlwaysOffSampler } from '@opentelemetry/sdk-trace-base';
import type { Signalbox } from 'signalbox';
import { createSignalbox, defineSignal, field } from 'signalbox';
import { afterEach, describe, expect, test } from 'vitest';
import { resetOtel, startOtel } from '../support/otel.js';

afterEach(resetOtel);

const STEP = defineSignal('STEP_DONE', {
  fields: { n: field.int({ attribute: 'step.n' }), who: field.optional(field.id({ sensitive: true })) },
});
const BEGUN = defineSignal('WORK_BEGUN', { spanEvents: 'lifecycle' });
const ENDED = defineSignal('WORK_ENDED', { spanEvents: 'lifecycle' });
const SILENT = defineSignal('WORK_SILENT', { spanEvents: 'off' });

function within(fn: (span: Span) => void): Span {
  const span = trace.getTracer('app').startSpan('work');
  context.with(trace.setSpan(context.active(), span), () => fn(span));
  span.end();
  return span;
}

function eventCounts(box: Signalbox): object | undefined {
  return box.stats().destinations.otel?.channels.spanEvents;
}

describe('a span event', () => {
  test('span event - lies on the active span, with the attributes and the time of its log record', () => {
    const otel = startOtel();
    const box = createSignalbox();
    within(() => box.emit(STEP, { n: 7 }));
    const [event, ...rest] = otel.spans('work')[0]?.events ?? [];
    const record = otel.logs()[0];
    expect(rest).toEqual([]);
    expect(event).toMatchObject({ name: 'step.done', attributes: { 'step.n': 7 }, time: record?.hrTime });
    expect(event?.attributes).toEqual(record?.attributes);
    expect(eventCounts(box)).toMatchObject({ routed: 1, handedOver: 1 });
  });

  test('span event - there is none outside of spans, nor on one that ended, nor on one that does not record', () => {
    const otel = startOtel({ sampler: new AlwaysOffSampler() });
    const box = createSignalbox();
    box.emit(STEP, { n: 1 });
    within(() => box.emit(STEP, { n: 2 }));
    resetOtel();
    const recording = startOtel();
    const span = trace.getTracer('app').startSpan('work');
    span.end();
    context.with(trace.setSpan(context.active(), span), () => box.emit(STEP, { n: 3 }));
    expect(otel.spans()).toEqual([]);
    expect(recording.spans('work')[0]?.events).toEqual([]);
    expect(eventCounts(box)).toMatchObject({ routed: 0, handedOver: 0 });
  });

  test('span event - never shows a sensitive value, even where a route reveals it to the records', () => {
    const otel = startOtel();
    const box = createSignalbox({ routes: [{ signals: STEP, to: 'otel', reveal: ['who'] }] });
    within(() => box.emit(STEP, { n: 1, who: 'ann' }));
    expect(otel.logs()[0]?.attributes.who).toBe('ann');
    expect(otel.spans('work')[0]?.events[0]?.attributes?.who).toBe('[redacted]');
  });

  test('span event - is put on the span of a context given for one emit', () => {
    const otel = startOtel();
    const box = createSignalbox();
    const span = trace.getTracer('app').startSpan('elsewhere');
    box.emit(STEP, { n: 1 }, { context: trace.setSpan(context.active(), span) });
    span.end();
    expect(otel.spans('elsewhere')[0]?.events).toHaveLength(1);
  });

  test('span event - plain level records make none', () => {
    const otel = startOtel();
    const box = createSignalbox();
    within(() => box.info('hello'));
    expect(otel.logs()).toHaveLength(1);
    expect(otel.spans('work')[0]?.events).toEqual([]);
  });
});

describe('the cap', () => {
  test('cap - ordinary events end at 96, lifecycle events are always kept, and the span says how many were dropped', () => {
    const otel = startOtel();
    const box = createSignalbox();
    within(() => {
      box.emit(BEGUN);
      for (let n = 0; n < 500; n++) box.emit(STEP, { n });
      box.emit(ENDED);
    });
    const span = otel.spans('work')[0];
    const names = span?.events.map((event) => event.name) ?? [];
    expect(names[0]).toBe('work.begun');
    expect(names.at(-1)).toBe('work.ended');
    expect(names.filter((name) => name === 'step.done')).toHaveLength(96);
    expect(span?.events[96]?.attributes).toEqual({ 'step.n': 95 });
    expect(span?.attributes['signalbox.span_events.dropped']).toBe(404);
    expect(span?.droppedEventsCount).toBe(0);
    expect(otel.logs('step.done')).toHaveLength(500);
    expect(eventCounts(box)).toMatchObject({
      routed: 502,
      handedOver: 98,
      dropped: { span_full: 404 },
      queued: 0,
    });
  });

  test('cap - a span that lost nothing does not say so, and each span has a cap of its own', () => {
    const otel = startOtel();
    const box = createSignalbox();
    for (let s = 0; s < 2; s++)
      within(() => {
        for (let n = 0; n < 96; n++) box.emit(STEP, { n });
      });
    expect(otel.spans('work').map((span) => span.events.length)).toEqual([96, 96]);
    for (const span of otel.spans('work'))
      expect(span.attributes).not.toHaveProperty('signalbox.span_events.dropped');
  });
});

describe('switches', () => {
  test("spanEvents: 'off' - of a signal leaves its log record alone", () => {
    const otel = startOtel();
    const box = createSignalbox();
    within(() => box.emit(SILENT));
    expect(otel.logs('work.silent')).toHaveLength(1);
    expect(otel.spans('work')[0]?.events).toEqual([]);
    expect(eventCounts(box)).toMatchObject({ routed: 0 });
  });

  test("spanEvents: 'off' - of a box turns all of them off", () => {
    const otel = startOtel();
    const box = createSignalbox({ spanEvents: 'off' });
    within(() => box.emit(BEGUN));
    expect(otel.logs()).toHaveLength(1);
    expect(otel.spans('work')[0]?.events).toEqual([]);
  });

  test('channels - a route narrowed to logs puts nothing on the span, one narrowed to spanEvents makes no record', () => {
    const otel = startOtel();
    const box = createSignalbox({
      routes: [
        { signals: STEP, to: 'otel', channels: ['logs'] },
        { signals: BEGUN, to: 'otel', channels: ['spanEvents'] },
      ],
    });
    within(() => {
      box.emit(STEP, { n: 1 });
      box.emit(BEGUN);
    });
    expect(otel.logs().map((r) => r.eventName)).toEqual(['step.done']);
    expect(otel.spans('work')[0]?.events.map((e) => e.name)).toEqual(['work.begun']);
  });

  test('a signal that goes to a sink alone is no event on the span', () => {
    const otel = startOtel();
    const destinations = { quiet: () => undefined };
    const box = createSignalbox({ destinations, routes: [{ signals: '*', to: 'quiet' }] });
    within(() => box.emit(STEP, { n: 1 }));
    expect(otel.spans('work')[0]?.events).toEqual([]);
    expect(otel.logs()).toEqual([]);
  });
});
