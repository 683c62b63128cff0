import type { Attributes } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import type { Signalbox, SignalboxOptions } from 'signalbox';
import { createSignalbox } from 'signalbox';
import type { AfterFailure, Jobs, QueueOptions, QueueTelemetry } from 'signalbox/jobs';
import { createJobs } from 'signalbox/jobs';
import type { TestOtel } from '../support/otel.js';
import { nanos, startOtel } from '../support/otel.js';

/** A queue that is observed, and the SDK that sees it. */
export interface Rig {
  readonly otel: TestOtel;
  readonly box: Signalbox;
  readonly jobs: Jobs;
  readonly queue: QueueTelemetry;
}

export const QUEUE = 'mail';

export function startRig(options: QueueOptions = {}, boxOptions: SignalboxOptions<never> = {}): Rig {
  const otel = startOtel();
  const box = createSignalbox(boxOptions);
  const jobs = createJobs(box);
  return { otel, box, jobs, queue: jobs.queue(QUEUE, { types: ['welcome'], ...options }) };
}

export const RETRY: AfterFailure = { retry: true, delayMillis: 2000 };
export const GIVE_UP: AfterFailure = { retry: false, reason: 'max_attempts' };

/** The attributes of the one record of that name. Throws where there is none, or more than one. */
export function recorded(otel: TestOtel, eventName: string): Attributes {
  const [record, ...more] = otel.logs(eventName);
  if (!record || more.length > 0)
    throw new Error(`${more.length + (record ? 1 : 0)} records of ${eventName}, not one`);
  return record.attributes as Attributes;
}

/** The one span of that name that has ended. */
export function ended(otel: TestOtel, name: string): ReadableSpan {
  const [span, ...more] = otel.spans(name);
  if (!span || more.length > 0)
    throw new Error(`${more.length + (span ? 1 : 0)} spans called ${name}, not one`);
  return span;
}

export function eventNames(span: ReadableSpan): string[] {
  return span.events.map((event) => event.name);
}

/** Whether all events of a span lie within it, in order. */
export function eventsLieWithin(span: ReadableSpan): boolean {
  const times = [span.startTime, ...span.events.map((event) => event.time), span.endTime].map(nanos);
  return times.every((time, i) => i === 0 || time >= (times[i - 1] as bigint));
}

/** Every event of a span has the log record of its name, time and span. */
export function eventsAreRecorded(otel: TestOtel, span: ReadableSpan): boolean {
  return span.events.every((event) =>
    otel
      .logs(event.name)
      .some(
        (record) =>
          nanos(record.hrTime) === nanos(event.time) &&
          record.spanContext?.spanId === span.spanContext().spanId,
      ),
  );
}
