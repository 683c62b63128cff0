import { JOB_QUEUED } from '../jobs/enqueue-signals.js';
import { ATTR, ENQUEUE, ENQUEUED_BY, PREVIOUS_ATTEMPT, PROCESS, SETTLE } from '../jobs/semconv.js';
import type { AttemptOutcome, JobDraft, RecordedAttempt, RecordedEnd, RecordedJob } from './recorded-job.js';
import { JobDrafts, newAttempt } from './recorded-job.js';

type SpanIds = { readonly traceId: string; readonly spanId: string };

/**
 * The parts of a finished span that show jobs. `ReadableSpan` of the SDKs of both lines fits.
 *
 * @example
 * ```ts
 * import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
 * import { recordedJobs, type SpanLike } from 'signalbox/testing';
 *
 * const exporter = new InMemorySpanExporter();
 * new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).getTracer('app').startSpan('work').end();
 * const spans: readonly SpanLike[] = exporter.getFinishedSpans();
 * console.assert(recordedJobs(spans).length === 0);
 * ```
 */
export interface SpanLike {
  readonly name: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly startTime: readonly [number, number];
  readonly endTime: readonly [number, number];
  readonly links: readonly {
    readonly context: SpanIds;
    readonly attributes?: Readonly<Record<string, unknown>> | undefined;
  }[];
  readonly events: readonly {
    readonly name: string;
    readonly attributes?: Readonly<Record<string, unknown>> | undefined;
  }[];
  readonly parentSpanContext?: SpanIds | undefined;
  spanContext(): SpanIds;
}

/** The jobs in spans. A batch is one span for many jobs, and shows no attempts. */
export function jobsOfSpans(spans: readonly SpanLike[]): readonly RecordedJob[] {
  const ordered = [...spans].sort((a, b) => nanos(a.startTime) - nanos(b.startTime));
  const enqueues = enqueuesIn(ordered);
  const drafts = new JobDrafts();
  for (const span of ordered) {
    const queue = textIn(span, ATTR.queue);
    for (const id of acceptedBy(span)) drafts.of(id, queue).enqueued = true;
    const id = textIn(span, ATTR.jobId);
    if (id === undefined) continue;
    const job = drafts.of(id, queue);
    job.type ??= textIn(span, ATTR.jobType);
    const operation = operationOf(span);
    if (operation === PROCESS) job.attempts.push(attemptOf(span, id, enqueues));
    if (operation === PROCESS || operation === SETTLE) end(job, span);
  }
  return drafts.all;
}

/** The spans that are enqueues, and the jobs whose enqueue is among them. */
interface Enqueues {
  readonly spans: ReadonlySet<string>;
  readonly jobs: ReadonlySet<string>;
}

function enqueuesIn(spans: readonly SpanLike[]): Enqueues {
  const all = spans.filter((span) => operationOf(span) === ENQUEUE);
  return {
    spans: new Set(all.map((span) => span.spanContext().spanId)),
    jobs: new Set(all.flatMap((span) => [...acceptedBy(span), textIn(span, ATTR.jobId) ?? []].flat())),
  };
}

function attemptOf(span: SpanLike, job: string, enqueues: Enqueues): RecordedAttempt {
  const before = span.links.find((link) => link.attributes?.[ATTR.linkReason] === PREVIOUS_ATTEMPT);
  const said = before?.attributes?.[ATTR.attempt];
  const { traceId, spanId } = span.spanContext();
  return newAttempt({
    number: numberIn(span, ATTR.attempt),
    outcome: textIn(span, ATTR.outcome) as AttemptOutcome | undefined,
    errorType: textIn(span, ATTR.errorType),
    waitMillis: millisIn(span, ATTR.wait),
    durationMillis: millisOf((nanos(span.endTime) - nanos(span.startTime)) / 1e9),
    retryDelayMillis: millisIn(span, ATTR.retryDelay),
    worker: textIn(span, ATTR.worker),
    relation: relationOf(span, job, enqueues),
    previous: typeof said === 'number' ? said : undefined,
    traceId,
    spanId,
  });
}

function relationOf(span: SpanLike, job: string, enqueues: Enqueues): RecordedAttempt['relation'] {
  if (span.links.some((link) => link.attributes?.[ATTR.linkReason] === ENQUEUED_BY)) return 'link';
  const parent = span.parentSpanContext?.spanId;
  if (parent === undefined) return 'none';
  if (enqueues.spans.has(parent)) return 'parent';
  // The parent may be an enqueue in another process, or any span that was active.
  return enqueues.jobs.has(job) ? 'none' : undefined;
}

function end(job: JobDraft, span: SpanLike): void {
  const outcome = textIn(span, ATTR.jobOutcome);
  if (outcome === undefined) return;
  job.end = {
    outcome: outcome as RecordedEnd['outcome'],
    reason: textIn(span, ATTR.abandonReason),
    turnaroundMillis: millisIn(span, ATTR.turnaround),
  };
}

/** The accepted jobs of an enqueue span: its own, or those of a bulk, which are events of the span. */
function acceptedBy(span: SpanLike): string[] {
  if (operationOf(span) !== ENQUEUE) return [];
  const own = span.attributes[ATTR.jobId];
  // If a box puts no events on spans, an enqueue without an error was accepted.
  const isTaken = span.events.length === 0 && span.attributes[ATTR.errorType] === undefined;
  const queued = span.events.filter(({ name }) => name === JOB_QUEUED.event);
  const ids = isTaken ? [own] : queued.map(({ attributes }) => attributes?.[ATTR.jobId] ?? own);
  return ids.filter((id) => typeof id === 'string');
}

function operationOf(span: SpanLike): string | undefined {
  return textIn(span, ATTR.operationName);
}

function textIn({ attributes }: SpanLike, key: string): string | undefined {
  const value = attributes[key];
  return typeof value === 'string' ? value : undefined;
}

function numberIn({ attributes }: SpanLike, key: string): number | undefined {
  const value = attributes[key];
  return typeof value === 'number' ? value : undefined;
}

function millisIn(span: SpanLike, key: string): number | undefined {
  const seconds = numberIn(span, key);
  return seconds === undefined ? undefined : millisOf(seconds);
}

/** Seconds as milliseconds, to the microsecond. */
function millisOf(seconds: number): number {
  return Math.round(seconds * 1e6) / 1e3;
}

// Differences are exact enough for run times: at the size of an epoch, a double resolves a quarter of a microsecond.
function nanos([seconds, fraction]: readonly [number, number]): number {
  return seconds * 1e9 + fraction;
}
