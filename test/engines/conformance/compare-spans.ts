import type { ReceivedSpan } from '../../support/otlp-model.js';
import type { Case } from './case.js';
import { byTime, CONSUMER, ERROR, isAttempt, isEnqueue, PRODUCER } from './case.js';
import { compareBatches } from './compare-batches.js';
import { compareLinks, compareTraces } from './compare-links.js';
import { compareSettles } from './compare-settle.js';
import { compareWait } from './compare-wait.js';
import type { LedgerJob } from './ledger.js';
import type { Verdict } from './verdict.js';
import { verdictsOf } from './verdict.js';

/** How long after an engine took a job its handler may begin, and how long after the handler's end the span may end. */
const AROUND_MILLIS = 1000;
const CLOCKS_MILLIS = 3;

/** One span for each enqueue and each attempt whose process lived to tell it, and none that was invented. */
export function compareSpans(part: Case): void {
  for (const job of part.ledger.jobs.values()) {
    const own = part.spans.filter(({ attributes }) => attributes['job.id'] === job.id);
    const enqueues = part.wanted.together ? part.spans.filter(isEnqueue) : byTime(own.filter(isEnqueue));
    compareEnqueues(part, job, enqueues);
    const verdicts = verdictsOf(job).filter(
      ({ outcome, attempt }) => outcome !== 'gone' && attempt.batch === undefined,
    );
    const attempts = byTime(own.filter(isAttempt));
    part.claim(
      attempts.length === verdicts.length,
      () => `${job.id} has ${attempts.length} attempt spans, not ${verdicts.length}`,
    );
    for (const [i, verdict] of verdicts.entries()) {
      const span = attempts[i];
      if (span) compareAttempt(part, job, verdict, span);
    }
    compareLinks(part, job, enqueues[0], attempts);
    compareSettles(part, job, enqueues[0]);
    compareWait(part, job, attempts);
  }
  compareBatches(part);
  compareInside(part);
  compareTraces(part);
}

/** A job that a handler asked for hangs on that attempt: its enqueue span is its child. */
function compareInside({ wanted: { inside }, spans, claim }: Case): void {
  if (!inside) return;
  const find = (id: string, is: typeof isAttempt): ReceivedSpan | undefined =>
    spans.find((span) => is(span) && span.attributes['job.id'] === id);
  const [outer, inner] = [find(inside.outer, isAttempt), find(inside.inner, isEnqueue)];
  const isChild =
    outer !== undefined && inner?.parentSpanId === outer.spanId && inner.traceId === outer.traceId;
  claim(isChild, () => `the enqueue span of ${inside.inner} is no child of the attempt of ${inside.outer}`);
}

function compareEnqueues(part: Case, job: LedgerJob, spans: readonly ReceivedSpan[]): void {
  const { claim, wanted, traits } = part;
  const expected = wanted.enqueued === false ? 0 : 1 + job.duplicates;
  claim(spans.length === expected, () => `${job.id} has ${spans.length} enqueue spans, not ${expected}`);
  const own = job.queue;
  // One of many jobs is called by their queue.
  const name = traits.types && !wanted.together ? job.type : own;
  for (const span of spans) {
    const about = (text: string) => () => `the enqueue span of ${job.id} ${text}`;
    claim(
      span.name === `enqueue ${name}` && span.kind === PRODUCER,
      about(`is '${span.name}' of kind ${span.kind}`),
    );
    claim(span.status === 0, about(`has the status ${span.status}`));
    claim(span.attributes['messaging.system.name'] === traits.system, about('has another system'));
    claim(span.attributes['messaging.destination.name'] === own, about(`is not of ${own}`));
    const [key, value] = wanted.together
      ? ['messaging.batch.message_count', part.ledger.jobs.size]
      : ['messaging.message.id', job.id];
    claim(span.attributes[key] === value, about(`has another ${key}`));
    claim(span.attributes['messaging.operation.type'] === 'send', about('has another operation type'));
  }
}

function compareAttempt(part: Case, job: LedgerJob, verdict: Verdict, span: ReceivedSpan): void {
  const { claim, traits } = part;
  const { attempt, outcome, errorType, reason, retried } = verdict;
  const about = (text: string) => () => `the span of ${job.id} attempt ${attempt.number} ${text}`;
  const name = traits.types ? `process ${job.type}` : `process ${job.queue}`;
  claim(span.name === name && span.kind === CONSUMER, about(`is '${span.name}' of kind ${span.kind}`));
  const failed = outcome !== 'completed' && outcome !== 'deferred';
  claim((span.status === ERROR) === failed, about(`has the status ${span.status}, and it was ${outcome}`));
  const expected: Record<string, unknown> = {
    'messaging.system.name': traits.system,
    'messaging.destination.name': job.queue,
    'messaging.message.id': job.id,
    'messaging.operation.type': 'process',
    'job.attempt.outcome': outcome === 'timed_out' ? 'failed' : outcome,
    'error.type': errorType,
    // One that was lost may learn of the job's end later than its span ended.
    ...(outcome === 'lost' ? {} : { 'job.abandon.reason': reason, 'job.outcome': endOf(verdict) }),
    'job.type': traits.types ? job.type : job.queue,
    // A start that counts for nothing has no number.
    'job.attempt.number': outcome === 'deferred' ? undefined : attempt.number,
  };
  for (const [key, value] of Object.entries(expected))
    claim(span.attributes[key] === value, about(`has ${key}=${span.attributes[key]}, not ${value}`));
  if (outcome === 'failed' && attempt.error instanceof Error) {
    const { message } = attempt.error;
    claim(span.statusMessage === message, about(`says '${span.statusMessage}', and it threw '${message}'`));
  }
  const delay = span.attributes['job.retry.delay'];
  claim(
    (delay !== undefined) === (retried && traits.tellsRetryDelay),
    about(`has job.retry.delay=${delay}, and it was ${retried ? '' : 'not '}retried`),
  );
  const set = traits.backoffMillis(attempt.number ?? 0) / 1000;
  claim(
    delay === undefined || Math.abs(Number(delay) - set) < 0.002,
    about(`has job.retry.delay=${delay}, and it was set to ${set}`),
  );
  compareTimes(part, verdict, span, about);
  if (outcome !== 'lost') compareRecords(part, span, about);
}

/** What records and the span of their attempt both tell. */
const NUMBERS: Readonly<Record<string, readonly string[]>> = {
  'job.started': ['job.wait.duration'],
  'job.retrying': ['job.retry.delay'],
  'job.completed': ['job.duration', 'job.turnaround.duration'],
  'job.abandoned': ['job.turnaround.duration'],
  'job.failed': ['job.duration'],
};

/** What an attempt says of its job: where it was its end. */
function endOf({ outcome, reason }: Verdict): string | undefined {
  if (outcome === 'completed') return 'completed';
  return reason === undefined ? undefined : 'abandoned';
}

/** The records of an attempt tell the same numbers as its span. */
function compareRecords(
  { claim, logs }: Case,
  span: ReceivedSpan,
  about: (text: string) => () => string,
): void {
  const seconds = Number(BigInt(span.end) - BigInt(span.start)) / 1e9;
  for (const { eventName, spanId, attributes } of logs) {
    if (spanId !== span.spanId) continue;
    for (const key of NUMBERS[eventName ?? ''] ?? []) {
      const value = key === 'job.duration' ? seconds : span.attributes[key];
      const told = attributes[key];
      const isSame = told === value || Math.abs(Number(told) - Number(value)) < 2e-6;
      claim(isSame, about(`has ${key}=${value}, and its ${eventName} has ${told}`));
    }
  }
}

function compareTimes(
  { claim, traits, options }: Case,
  { attempt, outcome }: Verdict,
  span: ReceivedSpan,
  about: (text: string) => () => string,
): void {
  const [start, end] = [span.start, span.end].map((time) => Number(BigInt(time) / 1000n) / 1000) as [
    number,
    number,
  ];
  const before = attempt.from - start;
  claim(
    before >= -CLOCKS_MILLIS && before < AROUND_MILLIS,
    about(`began ${before.toFixed(1)} ms before its handler`),
  );
  if (outcome === 'timed_out') {
    const over = end - start - (options.limitMillis ?? 0);
    claim(
      over >= -CLOCKS_MILLIS && over <= traits.limitLatenessMillis,
      about(`ended ${over.toFixed(1)} ms after its limit`),
    );
  }
  if (attempt.to === undefined || outcome === 'timed_out' || outcome === 'lost') return;
  const after = end - attempt.to;
  claim(
    after >= -CLOCKS_MILLIS && after < AROUND_MILLIS / 4,
    about(`ended ${after.toFixed(1)} ms after its handler`),
  );
}
