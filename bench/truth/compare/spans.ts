import type { ReceivedSpan } from '../../../test/support/otlp-model.js';
import type { Case } from './case.js';
import { lateIn } from './lateness.js';
import { millisOf } from './moment.js';
import type { HandlerRun } from './runs.js';

/** From an attempt's beginning to its handler's line in the ledger, where its process is not made to wait. */
const CLOSE_MILLIS = 250;
/** The wall clock is cut to the millisecond, and a box's clock may be off by two before it is set by that. */
const CUT_MILLIS = 3;

/** What arrived in Jaeger is what was made, whole and once; what did not arrive is accounted for by its id. */
export function compareSpans(part: Case): void {
  const { evidence, book, accounts, claim, tell } = part;
  const arrived = new Map<string, ReceivedSpan>();
  for (const span of evidence.spans) {
    const before = arrived.get(span.spanId);
    if (before !== undefined) {
      claim(
        before.end === span.end && before.start === span.start,
        () => `${span.spanId} is there twice, and not the same`,
      );
      tell('spans that came twice');
    }
    arrived.set(span.spanId, span);
  }
  for (const { process, span } of book.made.values()) {
    const where = accounts.enter(process, 'spans', span.span, arrived.has(span.span));
    claim(
      where !== 'delivered and gone',
      () =>
        `the span ${span.span} (${span.operation} ${span.job}) of ${process.name} was delivered and is missing`,
    );
  }
  for (const span of arrived.values()) {
    if (span.scope !== 'signalbox') {
      claim(false, () => `the span ${span.spanId} is of the scope '${span.scope}'`);
      continue;
    }
    const made = book.made.get(span.spanId);
    claim(
      made !== undefined,
      () => `the span ${span.spanId} (${span.name} of ${span.attributes['job.id']}) was never made`,
    );
    compareContent(part, span);
  }
}

function compareContent(part: Case, span: ReceivedSpan): void {
  const { claim } = part;
  const { attributes, events } = span;
  const about = (text: string) => () =>
    `the span ${span.spanId} (${span.name} of ${attributes['job.id']}) ${text}`;
  const [start, end] = [millisOf(span.start), millisOf(span.end)];
  claim(end >= start, about('ends before it begins'));
  for (const { name, time } of events) {
    const at = millisOf(time);
    claim(
      at >= start - 0.002 && at <= end + 0.002,
      about(`has the event ${name} ${at < start ? 'before it' : 'after it'}`),
    );
  }
  for (const [key, value] of Object.entries(attributes))
    if (/\.(duration|delay)$/.test(key)) claim(Number(value) >= 0, about(`has ${key} ${value}`));
  if (attributes['messaging.operation.name'] === 'process') compareAttempt(part, span, about);
}

function compareAttempt(part: Case, span: ReceivedSpan, about: (text: string) => () => string): void {
  const { book, claim } = part;
  const run = book.runs.get(span.spanId);
  if (run === undefined) return;
  const { process, begin, end, made } = run;
  const { attributes } = span;
  claim(attributes['job.id'] === begin.id, about(`is of the run of ${begin.id}`));
  claim(span.traceId === begin.trace, about('is in another trace than its handler was'));
  const number = attributes['job.attempt.number'];
  claim(
    number === undefined || number === begin.number,
    about(`has the attempt ${number}, and it was ${begin.number}`),
  );
  claim(
    attributes['job.attempt.outcome'] === made?.outcome,
    about(`has the outcome ${attributes['job.attempt.outcome']}, and it was made with ${made?.outcome}`),
  );
  const enqueue = book.enqueueOf.get(begin.id);
  claim(
    enqueue === undefined || (span.parentSpanId === enqueue.span.span && span.traceId === enqueue.span.trace),
    about(`has the parent ${span.parentSpanId}, and was put in by ${enqueue?.span.span}`),
  );
  const [from, to] = [millisOf(span.start), millisOf(span.end)];
  claim(
    from <= begin.at + 1 + CUT_MILLIS &&
      from >= begin.at - CLOSE_MILLIS - lateIn(process.facts, from, begin.at),
    about(`begins ${(from - begin.at).toFixed(0)} ms after its handler did`),
  );
  if (end !== undefined && attributes['job.attempt.outcome'] !== 'lost')
    claim(
      to - from >= end.mono - begin.mono - CUT_MILLIS,
      about(`lasts ${(to - from).toFixed(0)} ms, and its handler ${(end.mono - begin.mono).toFixed(0)} ms`),
    );
  const wait = attributes['job.wait.duration'];
  const asked = book.askedAt.get(begin.key);
  compareShortest(part, run, from, wait, about);
  claim(
    wait === undefined ||
      asked === undefined ||
      // Both are of the machine's one clock: the store's moment, and the ledger's line before the job was put in.
      Number(wait) * 1000 <= from - asked + 2 * CUT_MILLIS,
    about(
      `is told to have waited ${wait} s, and was asked for ${((from - (asked ?? 0)) / 1000).toFixed(3)} s before`,
    ),
  );
}

/** The first run of a job has waited since that was accepted, at least. */
function compareShortest(
  { book, claim }: Case,
  { process, begin }: HandlerRun,
  from: number,
  wait: unknown,
  about: (text: string) => () => string,
): void {
  const accepted = book.acceptedAt.get(begin.id);
  const isFirst = begin.number === 1 && book.runsOf(begin.id).every((other) => other.begin.at >= begin.at);
  if (wait === undefined || accepted === undefined || !isFirst) return;
  const least = from - accepted - CLOSE_MILLIS - lateIn(process.facts, accepted, begin.at);
  claim(
    Number(wait) * 1000 >= least,
    about(
      `is told to have waited ${wait} s, and was there ${((from - accepted) / 1000).toFixed(3)} s before`,
    ),
  );
}
