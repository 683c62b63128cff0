import type { TextMapPropagator } from '@opentelemetry/api';
import { propagation, trace } from '@opentelemetry/api';
import { createSignalbox } from 'signalbox';
import { createJobs } from 'signalbox/jobs';
import { afterEach, expect, test } from 'vitest';
import { resetOtel, startOtel } from '../support/otel.js';

afterEach(resetOtel);

test('enqueue() - carries the trace of a propagator that sets what is no text', () => {
  startOtel();
  const propagator: TextMapPropagator = {
    inject: (context, carrier, setter) => {
      const { traceId, spanId } = trace.getSpanContext(context) ?? {};
      if (!traceId) return;
      setter.set(carrier, 'traceparent', `00-${traceId}-${spanId}-01`);
      setter.set(carrier, 'tracestate', undefined as never);
      setter.set(carrier, 'x-sampled', 1 as never);
    },
    extract: (context) => context,
    fields: () => [],
  };
  propagation.disable();
  propagation.setGlobalPropagator(propagator);
  const { carrier } = createJobs(createSignalbox()).queue('mail').enqueue({ type: 'welcome' });
  expect(carrier).toEqual({
    traceparent: expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/),
    'x-sampled': '1',
  });
  expect(Object.keys(carrier)).not.toContain('tracestate');
});
