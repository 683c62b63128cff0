import type { SpanContext } from '@opentelemetry/api';
import { ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { TraceState, W3CTraceContextPropagator } from '@opentelemetry/core';
import { describe, expect, test } from 'vitest';
import { readTraceContext, writeTraceContext } from '../../src/jobs/w3c.js';

const SDK = new W3CTraceContextPropagator();
const [TRACE, SPAN] = ['0af7651916cd43dd8448eb211c80319c', 'b7ad6b7169203331'];
const getter = { get: (from: Record<string, string>, key: string) => from[key], keys: Object.keys };

function bySdk(traceparent: string): SpanContext | undefined {
  return trace.getSpanContext(SDK.extract(ROOT_CONTEXT, { traceparent }, getter));
}

describe('W3C trace context', () => {
  test.each([
    [{ traceId: TRACE, spanId: SPAN, traceFlags: 1 }],
    [{ traceId: TRACE, spanId: SPAN, traceFlags: 0 }],
    [{ traceId: TRACE, spanId: SPAN, traceFlags: 1, traceState: new TraceState('v=1,w=2') }],
  ])("writeTraceContext() - writes what the SDK's propagator writes: %j", (span) => {
    const [ours, theirs]: Record<string, string>[] = [{}, {}];
    writeTraceContext(span, ours as Record<string, string>);
    SDK.inject(trace.setSpanContext(ROOT_CONTEXT, span), theirs, {
      set: (into, key, value) => {
        into[key] = value;
      },
    });
    expect(ours).toEqual(theirs);
  });

  test.each([
    `00-${TRACE}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}-00`,
    ` 00-${TRACE}-${SPAN}-01 `,
    `01-${TRACE}-${SPAN}-01-more`,
    `00-${TRACE}-${SPAN}-01-more`,
    `ff-${TRACE}-${SPAN}-01`,
    `00-${'0'.repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `00-${TRACE.toUpperCase()}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}`,
    'nonsense',
    '',
  ])("readTraceContext() - reads what the SDK's propagator reads: '%s'", (traceparent) => {
    expect(readTraceContext(traceparent, undefined)).toEqual(bySdk(traceparent));
  });

  test('readTraceContext() - keeps what vendors say, in its order, and lets it be changed', () => {
    const state = readTraceContext(`00-${TRACE}-${SPAN}-01`, 'v=1, w=2')?.traceState;
    expect(state?.serialize()).toBe('v=1,w=2');
    expect(state?.get('w')).toBe('2');
    expect(state?.set('w', '3').serialize()).toBe('w=3,v=1');
    expect(state?.unset('v').serialize()).toBe('w=2');
    expect(state?.serialize()).toBe('v=1,w=2');
  });

  test('readTraceContext() - a state that is too long, or none, is left out', () => {
    for (const state of [
      `v=${'x'.repeat(600)}`,
      '',
      'v',
      Array.from({ length: 40 }, (_, i) => `k${i}=1`).join(),
    ])
      expect(readTraceContext(`00-${TRACE}-${SPAN}-01`, state)).not.toHaveProperty('traceState');
  });
});
