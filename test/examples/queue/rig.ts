import { context, metrics, propagation, trace } from '@opentelemetry/api';
import type { LogAttributes } from '@opentelemetry/api-logs';
import { logs } from '@opentelemetry/api-logs';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { InMemoryLogRecordExporter, LoggerProvider, SimpleLogRecordProcessor } from '@opentelemetry/sdk-logs';
import type { ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace-base';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import type { Signalbox } from 'signalbox';
import { createSignalbox } from 'signalbox';
import type { JobsOptions } from 'signalbox/jobs';
import { createJobs } from 'signalbox/jobs';
import type { JobCall, JobQueueOptions, NewJob } from '../../../examples/job-queue/queue/index.js';
import { JobQueue } from '../../../examples/job-queue/queue/index.js';

/** What a handler of a test does with an attempt. */
export type Deed = (job: JobCall) => unknown;

export interface RigOptions extends Partial<Omit<JobQueueOptions, 'telemetry'>> {
  readonly box?: Signalbox;
  readonly jobs?: JobsOptions;
  /** Runs beside the one that keeps the spans. */
  readonly spanProcessors?: readonly SpanProcessor[];
  /** Called for each log record, at once. */
  readonly onTold?: () => void;
}

/** One signal, as its log record tells it. */
export interface Told {
  readonly event: string;
  readonly job: string | undefined;
  readonly severity: string | undefined;
  readonly spanId: string | undefined;
  readonly attributes: LogAttributes;
}

/** A queue with the real job telemetry on a real SDK that keeps all it gets. Its jobs are of type `work`. */
export interface Rig {
  readonly queue: JobQueue;
  readonly box: Signalbox;
  /** The attempts whose handlers were called, in that order, as `job#attempt`. */
  readonly began: string[];
  /** Enqueues a job and says what its attempts do; by default they return at once. */
  add(id: string, options?: Partial<NewJob>, deed?: Deed): ReturnType<JobQueue['enqueue']>;
  /** What was told: all of it, or the given events, or those of one job. */
  told(filter?: { readonly event?: string; readonly job?: string }): Told[];
  /** The attempts' and enqueues' spans that have ended. */
  spans(filter: {
    readonly job: string;
    readonly operation: 'enqueue' | 'process' | 'settle';
  }): ReadableSpan[];
}

/** Makes the rig, with workers that have started unless `start` is false. */
export function createRig(options: RigOptions & { readonly start?: boolean } = {}): Rig {
  const { box: given, jobs, spanProcessors = [], onTold = () => {}, start = true, ...queueOptions } = options;
  const spanExporter = new InMemorySpanExporter();
  const logExporter = new InMemoryLogRecordExporter();
  registerGlobals(
    new BasicTracerProvider({ spanProcessors: [...spanProcessors, new SimpleSpanProcessor(spanExporter)] }),
    new LoggerProvider({
      processors: [
        new SimpleLogRecordProcessor({ exporter: logExporter }),
        { onEmit: onTold, forceFlush: () => Promise.resolve(), shutdown: () => Promise.resolve() },
      ],
    }),
  );
  const box = given ?? createSignalbox();
  const capacity = queueOptions.capacity ?? 100;
  const telemetry = createJobs(box, jobs).queue('jobs', { capacity });
  const queue = new JobQueue({ workers: 1, ...queueOptions, telemetry, capacity });
  const deeds = new Map<string, Deed>();
  const began: string[] = [];
  queue.register({
    type: 'work',
    process: (job) => {
      began.push(`${job.id}#${job.attempt}`);
      return deeds.get(job.id)?.(job);
    },
  });
  if (start) queue.start();
  return {
    queue,
    box,
    began,
    add: (id, job = {}, deed) => {
      if (deed !== undefined) deeds.set(id, deed);
      return queue.enqueue({ id, type: 'work', payload: null, ...job });
    },
    told: ({ event, job } = {}) =>
      logExporter
        .getFinishedLogRecords()
        .map((record) => ({
          event: record.eventName ?? '',
          job: record.attributes['job.id'] as string | undefined,
          severity: record.severityText,
          spanId: record.spanContext?.spanId,
          attributes: record.attributes,
        }))
        .filter(
          (each) => (event === undefined || each.event === event) && (job === undefined || each.job === job),
        ),
    spans: ({ job, operation }) =>
      spanExporter
        .getFinishedSpans()
        .filter(
          ({ attributes }) =>
            attributes['job.id'] === job && attributes['messaging.operation.name'] === operation,
        ),
  };
}

/** Why the job was abandoned, each time that it was. */
export function reasons(rig: Rig, job: string): unknown[] {
  return rig.told({ event: 'job.abandoned', job }).map(({ attributes }) => attributes['job.abandon.reason']);
}

/** What its attempts failed with, each time that one did. */
export function errorTypes(rig: Rig, job: string): unknown[] {
  return rig
    .told({ event: 'job.failed', job })
    .map(({ attributes }) => attributes['exception.type'] ?? attributes['error.type']);
}

/** The names of what was told of jobs (not of workers or the queue), in order. */
export function eventsOf(told: readonly Told[]): string[] {
  return told.map(({ event }) => event).filter((event) => event.startsWith('job.'));
}

function registerGlobals(tracerProvider: BasicTracerProvider, loggerProvider: LoggerProvider): void {
  for (const api of [context, metrics, propagation, trace, logs]) api.disable();
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(tracerProvider);
  logs.setGlobalLoggerProvider(loggerProvider);
}
