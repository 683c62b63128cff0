import type { Context, Span } from '@opentelemetry/api';
import { context, trace } from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { NodeSDK } from '@opentelemetry/sdk-node';
import type { Signalbox } from 'signalbox';
import { defineSignal, field } from 'signalbox';
import type { NodeSdkOptions } from 'signalbox/sdk';
import { nodeSdk } from 'signalbox/sdk';
import { vi } from 'vitest';

export const PAYMENT = defineSignal('PAYMENT_PROCESSED', {
  message: (payment) => `Payment of ${String(payment.user)}`,
  fields: {
    currency: field.oneOf(['EUR', 'USD'], { attribute: 'payment.currency' }),
    took: field.duration({ attribute: 'payment.duration' }),
    user: field.optional(field.id({ attribute: 'enduser.id', sensitive: true })),
  },
  metrics: [
    { type: 'counter', name: 'payment.processed', by: ['currency'] },
    {
      type: 'histogram',
      name: 'payment.duration',
      of: 'took',
      unit: 's',
      by: ['currency'],
      buckets: [0.1, 1],
    },
  ],
});

export const EMAIL_SENT = defineSignal('EMAIL_SENT', {
  fields: { template: field.string() },
  metrics: [{ type: 'counter', name: 'email.sent', by: ['template'] }],
});

/** Feeds the same instrument as EMAIL_SENT. */
export const EMAIL_RESENT = defineSignal('EMAIL_RESENT', {
  fields: { template: field.string() },
  metrics: [{ type: 'counter', name: 'email.sent', by: ['template'] }],
});

export const REPORT = defineSignal('REPORT_GENERATED');

const running: NodeSDK[] = [];

/** Starts NodeSDK with a box's options, as an app does. It detects nothing and builds no exporters; the service is `shop`. */
export function startSdk(box: Signalbox, options: NodeSdkOptions & object = {}): NodeSDK {
  for (const kind of ['TRACES', 'LOGS', 'METRICS']) vi.stubEnv(`OTEL_${kind}_EXPORTER`, 'none');
  const sdk = new NodeSDK(
    nodeSdk(box, {
      autoDetectResources: false,
      resource: resourceFromAttributes({ 'service.name': 'shop' }),
      ...(options as Record<string, never>),
    }),
  );
  sdk.start();
  running.push(sdk);
  return sdk;
}

export async function stopSdks(): Promise<void> {
  vi.unstubAllEnvs();
  await Promise.allSettled(running.splice(0).map((sdk) => sdk.shutdown()));
}

/** Runs `fn` in a span of the app, and ends it. */
export function inSpan<T>(name: string, fn: (span: Span) => T): T {
  return trace.getTracer('app').startActiveSpan(name, (span) => {
    try {
      return fn(span);
    } finally {
      span.end();
    }
  });
}

/** A context in which a span is the active one. */
export function on(span: Span): Context {
  return trace.setSpan(context.active(), span);
}
