import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base';
import { defineSignal, field } from 'signalbox';

const types = ['email', 'report', 'data', 'payment'];
const outcomes = ['completed', 'failed', 'retried'];

/** A log record with five attributes, and nothing else. */
export const JOB_NOTED = defineSignal('JOB_NOTED', {
  message: 'Job noted',
  spanEvents: 'off',
  fields: {
    job_id: field.id({ attribute: 'job.id' }),
    type: field.string({ attribute: 'job.type' }),
    outcome: field.oneOf(outcomes, { attribute: 'job.outcome' }),
    attempt: field.int({ attribute: 'job.attempt' }),
    took: field.duration({ attribute: 'job.duration' }),
  },
});

export interface Values {
  readonly job_id: string;
  readonly type: string;
  readonly outcome: string;
  readonly attempt: number;
  readonly took: number;
}

/** All of one length: what waits would else get larger with time. */
export function values(i: number): Values {
  return {
    job_id: `job-${1_000_000 + i}`,
    type: types[i & 3] as string,
    outcome: outcomes[i % 3] as string,
    attempt: i & 3,
    took: (i & 255) * 3,
  };
}

/** The same record as an app writes it by hand. */
export function handWritten(v: Values): {
  eventName: string;
  severityNumber: number;
  severityText: string;
  body: string;
  attributes: Record<string, string | number>;
} {
  return {
    eventName: 'job.noted',
    severityNumber: 9,
    severityText: 'INFO',
    body: 'Job noted',
    attributes: {
      'job.id': v.job_id,
      'job.type': v.type,
      'job.outcome': v.outcome,
      'job.attempt': v.attempt,
      'job.duration': v.took / 1000,
    },
  };
}

const PER_SPAN = 64;

/** Spans as attempts have them: a new one every 64 emits, active while they happen. */
export function spans(): (from: number, to: number, each: (i: number) => void) => void {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const tracer = new BasicTracerProvider().getTracer('bench');
  return (from, to, each) => {
    for (let i = from; i < to; i += PER_SPAN) {
      const span = tracer.startSpan('attempt');
      context.with(trace.setSpan(context.active(), span), () => {
        for (let j = i; j < Math.min(to, i + PER_SPAN); j++) each(j);
      });
      span.end();
    }
  };
}
