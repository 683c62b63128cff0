import type { Attributes, HrTime, SpanStatus } from '@opentelemetry/api';
import type { ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace-base';

/** What the summary needs of a span of a job. It can be told to another process. */
export interface SeenSpan {
  readonly name: string;
  readonly traceId: string;
  readonly startTime: HrTime;
  readonly endTime: HrTime;
  readonly status: SpanStatus;
  readonly attributes: Attributes;
  readonly events: readonly {
    readonly name: string;
    readonly time: HrTime;
    readonly attributes: Attributes;
  }[];
}

/** Tells of every span of a job that ends, exported or not. */
export function watchSpans(see: (span: SeenSpan) => void): SpanProcessor {
  return {
    onStart: () => undefined,
    onEnd: (span) => {
      if (typeof span.attributes['job.id'] === 'string') see(seen(span));
    },
    forceFlush: async () => undefined,
    shutdown: async () => undefined,
  };
}

function seen(span: ReadableSpan): SeenSpan {
  const { name, startTime, endTime, status, attributes } = span;
  const events = span.events.map(({ name, time, attributes = {} }) => ({ name, time, attributes }));
  return { name, traceId: span.spanContext().traceId, startTime, endTime, status, attributes, events };
}

export function isAttempt(span: SeenSpan): boolean {
  return span.attributes['messaging.operation.name'] === 'process';
}

/** Epoch milliseconds. */
export function startOf(span: SeenSpan): number {
  return span.startTime[0] * 1000 + span.startTime[1] / 1e6;
}
