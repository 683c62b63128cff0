import type { Case } from './compare.js';
import { millisOf, sameSeconds, secondsFrom } from './compare.js';
import { compareOutcome, compareSettle } from './compare-settle.js';
import { isWait, toldWait } from './compare-waits.js';
import type { EngineTraits } from './engine-traits.js';
import { isSoonBefore, jobAttributes, sameAttributes } from './expected.js';
import type { LedgerAttempt, LedgerJob } from './ledger-reader.js';
import { outcomeOf } from './ledger-reader.js';
import type { Attributes, ReceivedLink, ReceivedLog, ReceivedSpan } from './otlp-model.js';

/** Makes a sentence on one span. */
type About = (text: string) => () => string;

const ENDS: ReadonlySet<string> = new Set(['job.completed', 'job.abandoned']);
const PRODUCER = 4;
const CONSUMER = 5;
const ERROR = 2;

const BUSINESS_EVENTS: Readonly<Record<string, string>> = {
  email: 'email.sent',
  report: 'report.generated',
  data_processing: 'data.processed',
  payment: 'payment.processed',
};

/** One enqueue span for each job, one attempt span for each attempt, and all that they must say. */
export function compareSpans(part: Case): void {
  const { ledger, received, claim } = part;
  const spans = new Map<string, ReceivedSpan[]>();
  for (const span of received.spans) {
    const operation = span.attributes['messaging.operation.name'];
    const attempt = operation === 'process' ? ` attempt ${span.attributes['job.attempt.number']}` : '';
    const key = `${operation} ${span.attributes['job.id']}${attempt}`;
    spans.set(key, [...(spans.get(key) ?? []), span]);
  }
  const only = (key: string): ReceivedSpan | undefined => {
    const found = spans.get(key) ?? [];
    spans.delete(key);
    claim(found.length === 1, () => `'${key}' has ${found.length} spans, not 1`);
    return found[0];
  };

  const ends = new Map(
    received.logs
      .filter(({ eventName }) => ENDS.has(eventName ?? ''))
      .map((log): [string | undefined, ReceivedLog] => [log.spanId, log]),
  );
  for (const job of ledger) {
    const enqueue = only(`enqueue ${job.id}`);
    if (enqueue !== undefined) compareEnqueue(part, job, enqueue);
    const own: ReceivedSpan[] = [];
    let previous: ReceivedSpan | undefined;
    for (const attempt of job.attempts) {
      const span = only(`process ${job.id} attempt ${attempt.number}`);
      if (span === undefined) continue;
      compareAttempt(part, job, attempt, span);
      if (enqueue !== undefined) compareRelation(part, job, span, enqueue, previous);
      previous = span;
      own.push(span);
    }
    const isTold = own.some(({ events }) => events.some(({ name }) => ENDS.has(name)));
    const settle = job.accepted === undefined || isTold ? undefined : only(`settle ${job.id}`);
    if (settle !== undefined) compareSettle(part, job, settle, enqueue);
    compareOutcome(part, job, [...own, ...(settle ? [settle] : [])], ends);
  }
  for (const [key, { length }] of spans)
    claim(false, () => `'${key}' has ${length} spans and never happened`);
}

function compareEnqueue({ claim, options }: Case, job: LedgerJob, span: ReceivedSpan): void {
  const about = (text: string) => () => `the enqueue span of ${job.id} ${text}`;
  const { accepted, rejected } = job;
  claim(
    span.name === `enqueue ${nameOf(job, options.engine)}` && span.kind === PRODUCER,
    about(`is '${span.name}' of kind ${span.kind}`),
  );
  claim(
    sameAttributes(span, { ...jobAttributes(job, options.engine), 'messaging.operation.type': 'send' }),
    about('has other attributes'),
  );
  claim(span.parentSpanId === undefined && span.links.length === 0, about('has a parent or links'));
  const events = span.events.map(({ name }) => name).join();
  if (rejected !== undefined) {
    claim(span.status === ERROR, about('is no error, and the job was rejected'));
    claim(
      span.attributes['error.type'] === rejected.reason,
      about(`has error.type ${span.attributes['error.type']}`),
    );
    const reason = span.attributes['job.reject.reason'];
    claim(reason === rejected.reason, about(`was rejected for ${reason}, not for ${rejected.reason}`));
    claim(events === 'job.rejected', about(`has the events ${events}`));
  } else {
    claim(span.status === 0, about(`has the status ${span.status}, and the job was accepted`));
    claim(events === 'job.queued', about(`has the events ${events}`));
  }
  const at = accepted?.at ?? rejected?.at ?? 0;
  claim(isSoonBefore(millisOf(span.end), at, options), about('ended at another time'));
  if (accepted !== undefined) {
    const { clocksMillis, runnableAt } = options.engine;
    const [start, end] = [millisOf(span.start), millisOf(span.end)];
    // The job was accepted in the time of the span; a store was asked after the earliest moment, and has answered before it is told.
    const isThen =
      runnableAt === 'exact'
        ? start - clocksMillis <= accepted.runnableAt && accepted.runnableAt <= end + clocksMillis
        : accepted.runnableAt - clocksMillis <= start && end <= accepted.at + clocksMillis;
    claim(isThen, about('was not when the job was accepted'));
  }
  compareEventTimes(span, claim, about);
}

function compareAttempt(part: Case, job: LedgerJob, attempt: LedgerAttempt, span: ReceivedSpan): void {
  const { claim, options } = part;
  const about = (text: string) => () => `the span of ${job.id} attempt ${attempt.number} ${text}`;
  const { engine } = options;
  const start = millisOf(span.start);
  const failed = attempt.end !== undefined && attempt.end.fact !== 'returned';

  claim(
    span.name === `process ${job.type}` && span.kind === CONSUMER,
    about(`is '${span.name}' of kind ${span.kind}`),
  );
  const expected = {
    ...jobAttributes(job, engine),
    'messaging.operation.type': 'process',
    'worker.id': attempt.worker,
  };
  claim(sameAttributes(span, expected), about('has other attributes'));
  claim(
    isSoonBefore(start, attempt.at, options),
    about(`began ${(attempt.at - start).toFixed(3)} ms before it did`),
  );
  const wait = start - attempt.runnableAt;
  const told = toldWait(span);
  claim(isWait(part, told, wait), about(`tells a wait of ${told} ms, and it was ${wait} ms`));

  if (attempt.end !== undefined) {
    claim(
      (span.status === ERROR) === failed,
      about(`has the status ${span.status}, and it ${attempt.end.fact}`),
    );
    const outcome = failed ? 'failed' : 'completed';
    claim(
      span.attributes['job.attempt.outcome'] === outcome,
      about(`has the outcome ${span.attributes['job.attempt.outcome']}`),
    );
    compareEnd(part, job, attempt, span, about);
  } else {
    claim(
      span.status === ERROR && span.attributes['error.type'] === 'lost',
      about('is not lost, and never ended'),
    );
  }
  compareEventTimes(span, claim, about);
  const events = span.events.map(({ name }) => name).join();
  const wanted = eventsOf(job, attempt);
  claim(wanted.includes(events), about(`has the events ${events}, not ${wanted.join(' or ')}`));
  const outcome = outcomeOf(job);
  const isEnd = outcome.kind === 'abandoned' && events.endsWith('job.abandoned');
  const reason = isEnd ? outcome.reason : undefined;
  const toldReason = span.attributes['job.abandon.reason'];
  claim(toldReason === reason, about(`was abandoned for ${toldReason}, not for ${reason}`));
}

function compareEnd(
  { claim, options }: Case,
  job: LedgerJob,
  attempt: LedgerAttempt,
  span: ReceivedSpan,
  about: About,
): void {
  const { end, number } = attempt;
  if (end === undefined) return;
  const { timeoutMillis } = options;
  const at = millisOf(span.end);
  const type = span.attributes['error.type'];
  if (end.fact === 'timed_out') {
    claim(type === 'timeout', about(`has error.type ${type}, and it timed out`));
    // The limit is the end; the handler learns of it when the event loop comes to it.
    claim(at - options.engine.clocksMillis <= end.at, about('ended after it timed out'));
    const seconds = secondsFrom(span.start, span.end);
    const isLimit = timeoutMillis === undefined || sameSeconds(seconds, timeoutMillis / 1000);
    claim(isLimit, about(`lasted ${seconds} s`));
  } else {
    claim(isSoonBefore(end.at, at, options), about(`ended ${(at - end.at).toFixed(3)} ms after it did`));
    claim(
      (type !== undefined) === (end.fact === 'threw'),
      about(`has error.type ${type}, and it ${end.fact}`),
    );
  }
  if (end.fact === 'threw' && job.cancelledAt === undefined) {
    claim(
      span.statusMessage === end.error,
      about(`says '${span.statusMessage}', and it threw '${end.error}'`),
    );
  }
  const next = job.attempts[number];
  if (next === undefined) return;
  // A handler's own end is before the queue looks at its clock; a time limit is told to the handler after that.
  const delay = next.runnableAt - (end.fact === 'timed_out' ? at : end.at);
  const told = Number(span.attributes['job.retry.delay']) * 1000;
  claim(isSoonBefore(told, delay, options), about(`tells a delay of ${told} ms, and it was ${delay} ms`));
}

/** The events that an attempt's span must have. The last attempt may have been retried when the shutdown came. */
function eventsOf(job: LedgerJob, { end, number }: LedgerAttempt): string[] {
  if (end?.fact === 'returned' && outcomeOf(job).kind === 'completed') {
    return [`job.started,${BUSINESS_EVENTS[job.type]},job.completed`];
  }
  const retried = 'job.started,job.failed,job.retrying';
  const abandoned = 'job.started,job.failed,job.abandoned';
  if (number < job.attempts.length) return [retried];
  if (end === undefined) return ['job.started,job.abandoned', abandoned];
  const isLast = number === job.accepted?.maxAttempts;
  return isLast ? [abandoned] : [retried, abandoned];
}

function compareRelation(
  { claim, options }: Case,
  job: LedgerJob,
  span: ReceivedSpan,
  enqueue: ReceivedSpan,
  previous: ReceivedSpan | undefined,
): void {
  const about = (text: string) => () =>
    `the span of ${job.id} attempt ${span.attributes['job.attempt.number']} ${text}`;
  const isChild = span.parentSpanId === enqueue.spanId && span.traceId === enqueue.traceId;
  if (options.relation === 'parent') claim(isChild, about('is no child of its enqueue span'));
  else
    claim(
      span.parentSpanId === undefined && span.traceId !== enqueue.traceId,
      about('is no root of a trace of its own'),
    );

  const { 'job.previous_attempt.span_id': spanId, 'job.previous_attempt.trace_id': traceId } =
    span.attributes;
  const isElsewhere = previous !== undefined && previous.traceId !== span.traceId;
  claim(
    spanId === previous?.spanId && traceId === (isElsewhere ? previous.traceId : undefined),
    about(`names ${spanId} of the trace ${traceId} as the attempt before`),
  );
  const expected: ReceivedLink[] = [];
  if (options.relation === 'link') expected.push(linkTo(enqueue, { 'link.reason': 'enqueued_by' }));
  if (previous !== undefined) {
    const number = previous.attributes['job.attempt.number'];
    expected.push(linkTo(previous, { 'job.attempt.number': number, 'link.reason': 'previous_attempt' }));
  }
  // A link is held to its attributes where they are told.
  const told = expected.map((link) => {
    const found = span.links.find(({ spanId }) => spanId === link.spanId);
    return found?.attributes === undefined ? { ...link, attributes: undefined } : link;
  });
  claim(show(span.links) === show(told), about(`has the links ${show(span.links)}, not ${show(told)}`));
}

export function linkTo({ traceId, spanId }: ReceivedSpan, attributes: Attributes): ReceivedLink {
  return { traceId, spanId, attributes };
}

function show(links: readonly ReceivedLink[]): string {
  return links
    .map(({ traceId, spanId, attributes }) =>
      JSON.stringify([traceId, spanId, attributes && Object.entries(attributes).sort()]),
    )
    .sort()
    .join();
}

function compareEventTimes(
  span: ReceivedSpan,
  claim: Case['claim'],
  about: (text: string) => () => string,
): void {
  const times = [span.start, ...span.events.map(({ time }) => time), span.end].map(BigInt);
  const isOrdered = times.every((time, i) => i === 0 || time >= (times[i - 1] ?? time));
  claim(isOrdered, about('has an event outside of it, or events out of order'));
}

/** What its spans are called by: its type, where that is one of those that the queue knows. */
function nameOf({ type }: LedgerJob, { queue }: EngineTraits): string {
  return type in BUSINESS_EVENTS ? type : queue(type);
}
