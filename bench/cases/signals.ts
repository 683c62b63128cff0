import type { Span } from '@opentelemetry/api';
import { trace } from '@opentelemetry/api';
import { defineSignal, field } from 'signalbox';

const types = ['email', 'report', 'data', 'payment'];
const outcomes = ['completed', 'failed', 'retried'];
// An app has the id of its job at hand: making the text is no part of what is measured.
const ids = Array.from({ length: 1024 }, (_, i) => `job-${i}`);

export const common = {
  job_id: field.id({ attribute: 'job.id' }),
  type: field.string({ attribute: 'job.type' }),
  outcome: field.oneOf(outcomes, { attribute: 'job.outcome' }),
  attempt: field.int({ attribute: 'job.attempt' }),
  took: field.duration({ attribute: 'job.duration' }),
};

/** Seconds: as an app chooses them that counts by hand. */
export const BUCKETS = [0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10];

/** Full fan-out: a log record, a span event, a counter and a histogram of two labels. */
export const FULL = defineSignal('JOB_DONE', {
  message: 'Job done',
  fields: common,
  metrics: [
    { type: 'counter', name: 'bench.done', unit: '{job}', by: ['type', 'outcome'] },
    {
      type: 'histogram',
      name: 'bench.duration',
      unit: 's',
      of: 'took',
      by: ['type', 'outcome'],
      buckets: BUCKETS,
    },
  ],
});

/** A log record alone. */
export const LOG_ONLY = defineSignal('JOB_NOTED', {
  message: 'Job noted',
  fields: common,
  spanEvents: 'off',
});

export type Values = {
  readonly job_id: string;
  readonly type: string;
  readonly outcome: string;
  readonly attempt: number;
  readonly took: number;
};

/** What the app knows at its i-th emit: 12 series. */
export function values(i: number, id: string = ids[i & 1023] as string): Values {
  return {
    job_id: id,
    type: types[i & 3] as string,
    outcome: outcomes[i % 3] as string,
    attempt: i & 3,
    took: (i & 255) * 3,
  };
}

/** The same, under the keys of attributes and in their units, as it is written by hand. */
export function attributesOf(v: Values): Record<string, string | number> {
  return {
    'job.id': v.job_id,
    'job.type': v.type,
    'job.outcome': v.outcome,
    'job.attempt': v.attempt,
    'job.duration': v.took / 1000,
  };
}

/** Runs in recording spans, a new one every 64 times, as attempts do. Throws if no SDK records them. */
export function inSpans(times: number, each: (i: number, span: Span) => void, from = 0): void {
  const tracer = trace.getTracer('bench');
  const to = from + times;
  for (let i = from; i < to; i += 64) {
    tracer.startActiveSpan('attempt', (span) => {
      // A row that starts no SDK would measure emits without span events, and nobody would see it.
      if (!span.isRecording()) throw new Error('Emits are measured in recording spans: start the SDK first.');
      for (let j = i; j < i + 64 && j < to; j++) each(j, span);
      span.end();
    });
  }
}
